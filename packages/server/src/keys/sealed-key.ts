/** Private keys at rest: a JWE under the master key, which says in its header where it belongs. */

import { decryptJwe, encryptJwe, exportPrivateJwk, parseJsonObject, parseJwk, thumbprint } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { KeyRingError } from './key-ring-error.ts'

/** Seals a private key for its row. */
export function sealKey(key: Key, kid: string, masterKey: Key): string {
  const plaintext = JSON.stringify(exportPrivateJwk(key))
  return encryptJwe(plaintext, masterKey, { enc: 'A256GCM', header: { cs_for: place(kid) } })
}

/**
 * Opens a sealed private key. A key that was sealed for another row, table or column is refused: whoever can write to the
 * database cannot move keys about.
 *
 * @throws {KeyRingError} `master_key_mismatch`
 */
export function unsealKey(sealed: string, kid: string, masterKey: Key): Key {
  try {
    const { header, plaintext } = decryptJwe(sealed, masterKey)
    const key = parseJwk(parseJsonObject(plaintext))
    if (header['cs_for'] === place(kid) && thumbprint(key) === kid) return key
  } catch (cause) {
    throw mismatch(kid, { cause })
  }
  throw mismatch(kid)
}

function place(kid: string): string {
  return `signing_key/${kid}/private_jwk`
}

function mismatch(kid: string, options?: ErrorOptions): KeyRingError {
  return new KeyRingError(
    'master_key_mismatch',
    `the signing key ${kid} does not open under this master key: use the master key that the store was made with`,
    options,
  )
}
