/**
 * Nonces for DPoP proofs (RFC 9449 §8): a time, and a MAC over it. Nothing is stored, and everyone who has the secret
 * takes them.
 */

import { createHmac } from 'node:crypto'
import { equalsConstantTime } from '@countersign/tokens'
import type { EpochSeconds } from '@countersign/tokens'

export interface DpopNonces {
  /** Answers a nonce that is good for the next minute. */
  make(): string
  check(nonce: string): boolean
  /** When a good nonce was made. */
  madeAt(nonce: string): EpochSeconds | undefined
}

const lifetimeSeconds = 60
/** How much of it is handed out again before a new one is made. */
const reuseSeconds = 1
/** By how much the clocks of those who share the secret may differ. */
const clockSkewSeconds = 5
const timeBytes = 6
const macBytes = 16
const nonceLength = Math.ceil(((timeBytes + macBytes) * 4) / 3)

/**
 * @param secret At least 32 random bytes, for this use alone.
 * @throws {TypeError} for a shorter one.
 */
export function dpopNonces(secret: Uint8Array, clock: () => EpochSeconds): DpopNonces {
  if (secret.byteLength < 32) throw new TypeError('the secret of DPoP nonces must have 32 bytes')
  const key = Uint8Array.from(secret)
  let last = { madeAt: Number.NEGATIVE_INFINITY, nonce: '' }

  const make = (): string => {
    const now = clock()
    if (!(now >= last.madeAt && now - last.madeAt < reuseSeconds)) last = { madeAt: now, nonce: seal(key, now) }
    return last.nonce
  }

  const madeAt = (nonce: string): EpochSeconds | undefined => {
    const bytes = Buffer.from(nonce, 'base64url')
    if (nonce.length !== nonceLength || bytes.length < timeBytes) return undefined
    const milliseconds = bytes.readUIntBE(0, timeBytes)
    // The text, not the bytes: one nonce has one spelling.
    if (!equalsConstantTime(nonce, sealMilliseconds(key, milliseconds))) return undefined
    const age = clock() - milliseconds / 1000
    return age <= lifetimeSeconds && age >= -clockSkewSeconds ? milliseconds / 1000 : undefined
  }

  return { make, madeAt, check: (nonce) => madeAt(nonce) !== undefined }
}

function seal(key: Uint8Array, now: EpochSeconds): string {
  return sealMilliseconds(key, Math.floor(now * 1000))
}

function sealMilliseconds(key: Uint8Array, milliseconds: number): string {
  const time = Buffer.alloc(timeBytes)
  time.writeUIntBE(milliseconds, 0, timeBytes)
  const mac = createHmac('sha256', key).update('countersign dpop nonce').update(time).digest()
  return Buffer.concat([time, mac.subarray(0, macBytes)]).toString('base64url')
}
