/**
 * `A128KW`, `A256KW`: a shared key wraps the content encryption key (RFC 7518 §4.4, RFC 3394).
 */

import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { contentCipher, makeContentKey } from './content-encryption.ts'
import type { KeyManagement } from './key-management.ts'

export const aesKeyWrap: KeyManagement = {
  encryptOperations: ['wrapKey'],
  decryptOperations: ['unwrapKey'],
  encryptKey(key, enc) {
    const { cek, cipher } = makeContentKey(enc)
    return { cipher, encryptedKey: wrapKey(key.keyObject, cek), header: {} }
  },
  decryptKey(key, enc, _header, encryptedKey) {
    return contentCipher(enc, unwrapKey(key.keyObject, encryptedKey))
  },
}

export function wrapKey(wrappingKey: KeyObject, cek: Buffer): Buffer {
  const cipher = createCipheriv(cipherName(wrappingKey), wrappingKey, initialValue)
  return Buffer.concat([cipher.update(cek), cipher.final()])
}

/** Throws if the integrity check does not hold. */
export function unwrapKey(wrappingKey: KeyObject, encryptedKey: Buffer): Buffer {
  const decipher = createDecipheriv(cipherName(wrappingKey), wrappingKey, initialValue)
  return Buffer.concat([decipher.update(encryptedKey), decipher.final()])
}

/** RFC 3394 §2.2.3.1 */
const initialValue = Buffer.alloc(8, 0xa6)

function cipherName(wrappingKey: KeyObject): string {
  return `aes${(wrappingKey.symmetricKeySize ?? 0) * 8}-wrap`
}
