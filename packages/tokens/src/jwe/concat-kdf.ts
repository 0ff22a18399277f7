/**
 * The Concat KDF: from a shared secret to a key for one algorithm (RFC 7518 §4.6.2, NIST SP 800-56A §5.8.1).
 */

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'

export interface KeyPurpose {
  /** "enc" where the key encrypts content, "alg" where it wraps another. */
  readonly algorithm: string
  readonly keyBytes: number
  /** The decoded "apu" and "apv"; empty when absent. */
  readonly partyUInfo: Buffer
  readonly partyVInfo: Buffer
}

export function concatKdf(sharedSecret: Buffer, purpose: KeyPurpose): Buffer {
  const { algorithm, keyBytes, partyUInfo, partyVInfo } = purpose
  const otherInfo = Buffer.concat([
    lengthPrefixed(Buffer.from(algorithm, 'latin1')),
    lengthPrefixed(partyUInfo),
    lengthPrefixed(partyVInfo),
    uint32(keyBytes * 8),
  ])
  const rounds = Array.from({ length: Math.ceil(keyBytes / hashBytes) }, (_, round) =>
    createHash('sha256')
      .update(uint32(round + 1))
      .update(sharedSecret)
      .update(otherInfo)
      .digest(),
  )
  return Buffer.concat(rounds).subarray(0, keyBytes)
}

const hashBytes = 32

function lengthPrefixed(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
