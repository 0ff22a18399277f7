/**
 * `RSA-OAEP`, `RSA-OAEP-256`: the content encryption key is encrypted to an RSA public key (RFC 7518 §4.3).
 */

import { constants, privateDecrypt, publicEncrypt } from 'node:crypto'
import { contentCipher, makeContentKey } from './content-encryption.ts'
import type { KeyManagement } from './key-management.ts'

export function rsaOaep(oaepHash: 'sha1' | 'sha256'): KeyManagement {
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
  return {
    encryptOperations: ['wrapKey', 'encrypt'],
    decryptOperations: ['unwrapKey', 'decrypt'],
    encryptKey(key, enc) {
      const { cek, cipher } = makeContentKey(enc)
      return { cipher, encryptedKey: publicEncrypt({ key: key.keyObject, ...padding }, cek), header: {} }
    },
    decryptKey(key, enc, _header, encryptedKey) {
      // RFC 8017 §7.1.2: as long as the modulus, with its leading zeros. OpenSSL would take it without them too.
      const { modulusLength = 0 } = key.keyObject.asymmetricKeyDetails ?? {}
      if (encryptedKey.length !== Math.ceil(modulusLength / 8)) return undefined
      // RFC 7516 §11.5: whatever fails here, go on with a random key, made beforehand, so that the one failure that
      // shows, in error and in time, is the content's.
      const standIn = makeContentKey(enc)
      try {
        return contentCipher(enc, privateDecrypt({ key: key.keyObject, ...padding }, encryptedKey))
      } catch {
        return standIn.cipher
      }
    },
  }
}
