/**
 * Content encryption with AES-CBC, then HMAC (RFC 7518 §5.2). The CEK's first half is the MAC's, its second the cipher's.
 */

import { Buffer } from 'node:buffer'
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { ContentCipher } from './content-cipher.ts'

export function cbcHmac(cipherName: string, hashName: string): (cek: Buffer) => ContentCipher {
  return (cek) => {
    const half = cek.length / 2
    // KeyObjects: with raw bytes OpenSSL would import the key anew at each use.
    const macKey = createSecretKey(cek.subarray(0, half))
    const cipherKey = createSecretKey(cek.subarray(half))

    /** RFC 7518 §5.2.2.1: over AAD, IV, ciphertext and the AAD's length in bits; the left half of it. */
    function makeTag(iv: Buffer, ciphertext: Buffer, aad: Buffer): Buffer {
      const aadBits = Buffer.alloc(8)
      aadBits.writeUInt32BE(aad.length * 8, 4)
      const hmac = createHmac(hashName, macKey).update(aad).update(iv).update(ciphertext).update(aadBits)
      // By way of a text: a digest's own Buffer costs a sixth of the whole HMAC.
      return Buffer.from(hmac.digest('binary').slice(0, half), 'latin1')
    }

    return {
      encrypt(plaintext, aad) {
        const iv = randomBytes(blockBytes)
        const cipher = createCipheriv(cipherName, cipherKey, iv)
        const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
        return { iv, ciphertext, tag: makeTag(iv, ciphertext, aad) }
      },
      decrypt({ iv, ciphertext, tag }, aad) {
        if (iv.length !== blockBytes || tag.length !== half) return undefined
        // The tag first: padding that nobody has authenticated is never looked at (Vaudenay's padding oracle).
        if (!timingSafeEqual(makeTag(iv, ciphertext, aad), tag)) return undefined
        if (ciphertext.length === 0 || ciphertext.length % blockBytes !== 0) return undefined
        // In one piece: Node's own padding keeps the last block back, and joining it again costs a tenth of all.
        return removePadding(createDecipheriv(cipherName, cipherKey, iv).setAutoPadding(false).update(ciphertext))
      },
    }
  }
}

const blockBytes = 16

/** PKCS #7: `n` bytes of value `n`, 1 to 16. It is authenticated by now, so the time taken tells a stranger nothing. */
function removePadding(padded: Buffer): Buffer | undefined {
  const count = padded.at(-1) ?? 0
  if (count < 1 || count > blockBytes) return undefined
  const end = padded.length - count
  return padded.subarray(end).every((byte) => byte === count) ? padded.subarray(0, end) : undefined
}
