/**
 * Content encryption with AES-GCM (RFC 7518 §5.3). One key may serve 2^32 JWEs, as its IVs are random.
 */

import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import type { CipherGCMTypes } from 'node:crypto'
import type { ContentCipher } from './content-cipher.ts'

export function gcm(cipherName: CipherGCMTypes): (cek: Buffer) => ContentCipher {
  return (cek) => {
    const key = createSecretKey(cek)
    return {
      encrypt(plaintext, aad) {
        const iv = randomBytes(ivBytes)
        const cipher = createCipheriv(cipherName, key, iv, { authTagLength: tagBytes })
        cipher.setAAD(aad)
        const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
        return { iv, ciphertext, tag: cipher.getAuthTag() }
      },
      decrypt({ iv, ciphertext, tag }, aad) {
        // A shorter tag is 256 times easier to forge with each byte; another IV length is another construction.
        if (iv.length !== ivBytes || tag.length !== tagBytes) return undefined
        const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes })
        decipher.setAAD(aad).setAuthTag(tag)
        return Buffer.concat([decipher.update(ciphertext), decipher.final()])
      },
    }
  }
}

const ivBytes = 12
const tagBytes = 16
