/**
 * Content encryption with AES-CBC, then HMAC (RFC 7518 §5.2). The CEK's first half is the MAC's, its second the cipher's.
 */

import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync, timingSafeEqual } from 'node:crypto'
import { prepareBytesHmac } from '../jws/hmac.ts'
import type { HmacParameters } from '../jws/hmac.ts'
import type { ContentCipher } from './content-cipher.ts'

export function cbcHmac(cipherName: string, macParameters: HmacParameters): (cek: Buffer) => ContentCipher {
  return (cek) => {
    const half = cek.length / 2
    const mac = prepareBytesHmac(macParameters, cek.subarray(0, half))
    // A KeyObject: with raw bytes OpenSSL would import the key anew at each use.
    const cipherKey = createSecretKey(cek.subarray(half))

    /** RFC 7518 §5.2.2.1: over AAD, IV, ciphertext and the AAD's length in bits; the left half of it. */
    function makeTag(iv: Buffer, ciphertext: Buffer, aad: Buffer): Buffer {
      const aadBits = Buffer.alloc(8)
      aadBits.writeUInt32BE(aad.length * 8, 4)
      return mac(aad, iv, ciphertext, aadBits).subarray(0, half)
    }

    return {
      encrypt(plaintext, aad) {
        const iv = makeIv()
        // In one piece, as below.
        const cipher = createCipheriv(cipherName, cipherKey, iv).setAutoPadding(false)
        const ciphertext = cipher.update(addPadding(plaintext))
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

// Drawn by the page: to ask for sixteen bytes costs as much as to ask for a thousand.
const random = Buffer.alloc(4096)
let used = random.length

/** Random bytes, which are given away once. */
function makeIv(): Buffer {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  const iv = Buffer.from(random.subarray(used, used + blockBytes))
  random.fill(0, used, used + blockBytes)
  used += blockBytes
  return iv
}

/** PKCS #7: `n` bytes of value `n`, 1 to 16. */
function addPadding(plaintext: Uint8Array): Buffer {
  const count = blockBytes - (plaintext.byteLength % blockBytes)
  const padded = Buffer.allocUnsafe(plaintext.byteLength + count)
  padded.set(plaintext)
  return padded.fill(count, plaintext.byteLength)
}

/** It is authenticated by now, so the time taken tells a stranger nothing. */
function removePadding(padded: Buffer): Buffer | undefined {
  const count = padded.at(-1) ?? 0
  if (count < 1 || count > blockBytes) return undefined
  const end = padded.length - count
  return padded.subarray(end).every((byte) => byte === count) ? padded.subarray(0, end) : undefined
}
