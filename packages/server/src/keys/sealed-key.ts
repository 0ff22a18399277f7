/**
 * Private keys and secrets at rest: a JWE under the master key, which says in its header where it belongs. Whoever can
 * write to the database cannot move them about, nor give them another purpose.
 */

import {
  decryptJwe,
  encryptJwe,
  exportPrivateJwk,
  parseJsonObject,
  parseJwk,
  thumbprint,
  TokenError,
} from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { KeyRingError } from './key-ring-error.ts'

/** Where a key belongs. */
export interface KeyPlace {
  readonly kid: string
  readonly ring: string
}

/** Seals a private key for its row. */
export function sealKey(key: Key, place: KeyPlace, masterKey: Key): string {
  return seal(JSON.stringify(exportPrivateJwk(key)), nameOf(place), masterKey)
}

/**
 * Opens a sealed private key. One that was sealed for another row, ring, table or column is refused.
 *
 * @throws {KeyRingError} `master_key_mismatch`
 */
export function unsealKey(sealed: string, place: KeyPlace, masterKey: Key): Key {
  const what = `the signing key ${place.kid}`
  try {
    const key = parseJwk(parseJsonObject(unseal(sealed, nameOf(place), masterKey)))
    if (thumbprint(key) === place.kid) return key
  } catch (cause) {
    throw mismatch(what, { cause })
  }
  throw mismatch(what)
}

/** Where the secret of an API belongs. */
export interface SecretPlace {
  readonly audience: string
  readonly version: number
}

/** Seals a secret of an API for its row. */
export function sealSecret(secret: Uint8Array, place: SecretPlace, masterKey: Key): string {
  return seal(secret, nameOfSecret(place), masterKey)
}

/**
 * Opens a sealed secret of an API. One that was sealed for another API or version is refused.
 *
 * @throws {KeyRingError} `master_key_mismatch`
 */
export function unsealSecret(sealed: string, place: SecretPlace, masterKey: Key): Uint8Array {
  try {
    return unseal(sealed, nameOfSecret(place), masterKey)
  } catch (cause) {
    throw mismatch(`the secret of ${place.audience}`, { cause })
  }
}

function seal(plaintext: Uint8Array | string, name: string, masterKey: Key): string {
  return encryptJwe(plaintext, masterKey, { enc: 'A256GCM', header: { cs_for: name } })
}

function unseal(sealed: string, name: string, masterKey: Key): Buffer {
  const { header, plaintext } = decryptJwe(sealed, masterKey)
  if (header['cs_for'] !== name) throw new TokenError('token_malformed', 'what is sealed belongs somewhere else')
  return plaintext
}

function nameOf({ kid, ring }: KeyPlace): string {
  // Keys of tokens were sealed before there were other rings, and are in stores so.
  return ring === 'token' ? `signing_key/${kid}/private_jwk` : `signing_key/${ring}/${kid}/private_jwk`
}

function nameOfSecret({ audience, version }: SecretPlace): string {
  return `api_secret/${version}/${audience}/sealed_secret`
}

function mismatch(what: string, options?: ErrorOptions): KeyRingError {
  return new KeyRingError(
    'master_key_mismatch',
    `${what} does not open under this master key: use the master key that the store was made with`,
    options,
  )
}
