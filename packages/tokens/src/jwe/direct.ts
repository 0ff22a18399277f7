/**
 * `dir`: the shared key itself encrypts the content (RFC 7518 §4.5).
 */

import { Buffer } from 'node:buffer'
import { TokenError } from '../errors.ts'
import type { ContentEncryption, Key } from '../jwk/key.ts'
import type { ContentCipher } from './content-cipher.ts'
import { contentCipher } from './content-encryption.ts'
import type { KeyManagement } from './key-management.ts'

export const direct: KeyManagement = {
  encryptOperations: ['encrypt'],
  decryptOperations: ['decrypt'],
  encryptKey(key, enc) {
    const cipher = cipherOf(key, enc)
    if (cipher === undefined) throw new TokenError('key_unusable', `the key is not for "${enc}"`)
    return { cipher, encryptedKey: Buffer.alloc(0), header: {} }
  },
  decryptKey(key, enc, _header, encryptedKey) {
    return encryptedKey.length === 0 ? cipherOf(key, enc) : undefined
  },
}

/** A shared key serves many JWEs, so its cipher is kept as long as the key. */
const ciphers = new WeakMap<Key, { readonly enc: ContentEncryption; readonly cipher: ContentCipher }>()

function cipherOf(key: Key, enc: ContentEncryption): ContentCipher | undefined {
  const kept = ciphers.get(key)
  if (kept?.enc === enc) return kept.cipher
  if (key.enc !== undefined && key.enc !== enc) return undefined
  const cipher = contentCipher(enc, key.keyObject.export())
  if (cipher !== undefined) ciphers.set(key, { enc, cipher })
  return cipher
}
