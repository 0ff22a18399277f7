/**
 * Reading a JSON Web Encryption, compact serialization (RFC 7516 §5.2). The JSON serializations are not spoken.
 */

import { Buffer } from 'node:buffer'
import { decodeBase64url } from '../base64url.ts'
import { TokenError } from '../errors.ts'
import { demandOperation } from '../jwk/key.ts'
import type { Key } from '../jwk/key.ts'
import { keyManagementOf } from './algorithms.ts'
import { parseHeader, rememberHeader } from './header.ts'
import type { JweHeader } from './header.ts'

export interface DecryptJweOptions {
  /** The longest token accepted, in bytes. Default 8192. */
  readonly maxBytes?: number
  /** The extensions that the caller understands and heeds: what "crit" may list (RFC 7516 §4.1.13). Default: none. */
  readonly crit?: readonly string[]
}

export interface DecryptedJwe {
  /** All of it is authenticated. */
  readonly header: JweHeader
  readonly plaintext: Buffer
}

/**
 * Answers the plaintext of a JWE that was made for this key and not changed since.
 *
 * Whatever fails once the form and the header are accepted, is answered with one code and one message: which of key,
 * tag and padding was wrong is what an attacker would ask us.
 *
 * @throws {TokenError} `token_too_large`, `token_malformed`, `token_header_refused`, `token_algorithm_refused`,
 *   `token_decryption_failed`, `key_unusable`
 */
export function decryptJwe(token: string, key: Key, options: DecryptJweOptions = {}): DecryptedJwe {
  const [encodedHeader, encryptedKey, iv, ciphertext, tag] = splitCompact(token, options.maxBytes ?? 8192)
  const management = keyManagementOf(key)
  if (key.kind === 'public') throw new TokenError('key_unusable', 'a public key does not decrypt')
  demandOperation(key, ...management.decryptOperations)

  const header = parseHeader(encodedHeader, options.crit)
  if (header.alg !== key.alg || (key.enc !== undefined && header.enc !== key.enc)) {
    throw new TokenError('token_algorithm_refused', 'the header names another algorithm than the key is for')
  }
  const sentKey = encryptedKey === '' ? none : decodeBase64url(encryptedKey)
  const content = { iv: decodeBase64url(iv), ciphertext: decodeBase64url(ciphertext), tag: decodeBase64url(tag) }
  const plaintext = attempt(() =>
    management.decryptKey(key, header.enc, header, sentKey)?.decrypt(content, Buffer.from(encodedHeader)),
  )
  if (plaintext === undefined) throw new TokenError('token_decryption_failed', 'the token cannot be decrypted')
  rememberHeader(encodedHeader, header)
  return { header, plaintext }
}

const none = Buffer.alloc(0)

function splitCompact(token: string, maxBytes: number): readonly [string, string, string, string, string] {
  if (typeof token !== 'string') throw new TokenError('token_malformed', 'a token is a text')
  if (token.length > maxBytes) throw new TokenError('token_too_large', `longer than ${maxBytes} bytes`)
  const parts = token.split('.', 6)
  if (parts.length !== 5) throw new TokenError('token_malformed', 'a compact JWE has five parts')
  return parts as [string, string, string, string, string]
}

/** No cause is kept of what is thrown: it would tell what the one message does not. */
function attempt(decrypt: () => Buffer | undefined): Buffer | undefined {
  try {
    return decrypt()
  } catch {
    return undefined
  }
}
