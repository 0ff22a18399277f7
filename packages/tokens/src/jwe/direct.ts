/**
 * `dir`: the shared key itself encrypts the content (RFC 7518 §4.5).
 */

import { Buffer } from 'node:buffer'
import { TokenError } from '../errors.ts'
import type { ContentEncryption, Key } from '../jwk/key.ts'
import type { ContentCipher } from './content-cipher.ts'
import { contentCipher, contentKeyBytes } from './content-encryption.ts'
import type { KeyManagement } from './key-management.ts'

export const direct: KeyManagement = {
  encryptOperations: ['encrypt'],
  decryptOperations: ['decrypt'],
  encryptKey(key, enc) {
    const bound = key.enc !== undefined && key.enc !== enc
    if (bound || key.keyObject.symmetricKeySize !== contentKeyBytes(enc)) {
      throw new TokenError('key_unusable', `the key is not for "${enc}"`)
    }
    return { cipher: cipherOf(key, enc), encryptedKey: Buffer.alloc(0), header: {} }
  },
  decryptKey(key, enc, _header, encryptedKey) {
    return encryptedKey.length === 0 ? cipherOf(key, enc) : undefined
  },
}

/** A shared key serves many JWEs, so its cipher is kept as long as the key. */
const ciphers = new WeakMap<Key, { readonly enc: ContentEncryption; readonly cipher: ContentCipher }>()

function cipherOf(key: Key, enc: ContentEncryption): ContentCipher {
  const kept = ciphers.get(key)
  if (kept?.enc === enc) return kept.cipher
  const cipher = contentCipher(enc, key.keyObject.export())
  ciphers.set(key, { enc, cipher })
  return cipher
}
