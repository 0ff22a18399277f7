/**
 * `RSA-OAEP`, `RSA-OAEP-256`: the content encryption key is encrypted to an RSA public key (RFC 7518 §4.3).
 */

import type { Buffer } from 'node:buffer'
import { constants, privateDecrypt, publicEncrypt } from 'node:crypto'
import type { ContentCipher } from './content-cipher.ts'
import { contentCipher, randomContentKey } from './content-encryption.ts'
import type { KeyManagement } from './key-management.ts'

export function rsaOaep(oaepHash: 'sha1' | 'sha256'): KeyManagement {
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
  return {
    encryptOperations: ['wrapKey', 'encrypt'],
    decryptOperations: ['unwrapKey', 'decrypt'],
    encryptKey(key, enc) {
      const cek = randomContentKey(enc)
      const encryptedKey = publicEncrypt({ key: key.keyObject, ...padding }, cek)
      return { cipher: contentCipher(enc, cek) as ContentCipher, encryptedKey, header: {} }
    },
    decryptKey(key, enc, _header, encryptedKey) {
      // RFC 7516 §11.5: whatever fails here, go on with a random key, made beforehand, so that the one failure that
      // shows, in error and in time, is the content's.
      const standIn = randomContentKey(enc)
      let cek: Buffer
      try {
        cek = privateDecrypt({ key: key.keyObject, ...padding }, encryptedKey)
      } catch {
        cek = standIn
      }
      return contentCipher(enc, cek) ?? contentCipher(enc, standIn)
    },
  }
}
