/**
 * Making a JSON Web Encryption, compact serialization (RFC 7516 §5.1).
 */

import { Buffer } from 'node:buffer'
import { encodeBase64url } from '../base64url.ts'
import { demandOperation } from '../jwk/key.ts'
import type { ContentEncryption, Key } from '../jwk/key.ts'
import { keyManagementOf } from './algorithms.ts'
import { isContentEncryption } from './content-encryption.ts'

export interface EncryptJweOptions {
  readonly enc: ContentEncryption
  /**
   * Members to add to the protected header, which is authenticated but not secret. "apu" and "apv" take part in key
   * agreement; "crit" may list others of them, which the receiver must understand.
   */
  readonly header?: Readonly<Record<string, unknown>>
}

/**
 * Answers the JWE that only a holder of the key (its private half, for ECDH-ES and RSA-OAEP) can read.
 *
 * @throws {TypeError} if the header has members that are not the caller's to set, or `enc` is none that is known
 * @throws {TokenError} `key_unusable` if the key may not encrypt, or not with this `enc`
 */
export function encryptJwe(plaintext: Uint8Array | string, key: Key, options: EncryptJweOptions): string {
  const { enc, header: extra = {} } = options
  if (!isContentEncryption(enc)) throw new TypeError('"enc" is not a content encryption algorithm')
  for (const name of notTheCallers) {
    if (Object.hasOwn(extra, name)) throw new TypeError(`"${name}" is not the caller's to set`)
  }
  if (Object.hasOwn(extra, 'crit')) checkCritical(extra)
  const { encryptOperations, encryptKey } = keyManagementOf(key)
  if (encryptOperations.length > 0) demandOperation(key, ...encryptOperations)

  const header = { alg: key.alg, enc, ...(key.kid === undefined ? {} : { kid: key.kid }), ...extra }
  const sent = encryptKey(key, enc, header)
  const encodedHeader = Buffer.from(JSON.stringify({ ...header, ...sent.header })).toString('base64url')
  const { iv, ciphertext, tag } = sent.cipher.encrypt(
    typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext,
    Buffer.from(encodedHeader),
  )
  return [encodedHeader, ...[sent.encryptedKey, iv, ciphertext, tag].map(encodeBase64url)].join('.')
}

const notTheCallers = ['alg', 'enc', 'kid', 'epk', 'zip']
/** What is of the standards cannot be critical (RFC 7516 §4.1.13). */
const registered = ['typ', 'cty', 'crit', 'jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'apu', 'apv']

function checkCritical(header: Readonly<Record<string, unknown>>): void {
  const { crit } = header
  const isList = Array.isArray(crit) && crit.length > 0 && new Set(crit).size === crit.length
  const isSound = (name: unknown): boolean =>
    typeof name === 'string' && Object.hasOwn(header, name) && !registered.includes(name)
  if (!isList || !crit.every(isSound)) throw new TypeError('"crit" must list extensions that are in the header')
}
