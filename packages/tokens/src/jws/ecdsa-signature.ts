/**
 * The two forms of an ECDSA signature: r and s side by side at full length, as JWS has it (RFC 7518 §3.4), and the DER
 * that `node:crypto` speaks by default (RFC 3279 §2.2.3). What passes between them is two numbers, judged by nobody here.
 */

import { Buffer } from 'node:buffer'

const sequenceTag = 0x30
const integerTag = 0x02

/** From r and s side by side to DER. */
export function ecdsaToDer(signature: Buffer): Buffer {
  const half = signature.length / 2
  const r = firstByte(signature, 0, half)
  const s = firstByte(signature, half, signature.length)
  // A set top bit would make the number negative; a zero goes before it.
  const rPad = paddingOf(signature, r)
  const sPad = paddingOf(signature, s)
  const body = 4 + (half - r) + rPad + (signature.length - s) + sPad
  const head = body < 0x80 ? [sequenceTag, body] : [sequenceTag, 0x81, body]
  const der = Buffer.allocUnsafe(head.length + body)
  der.set(head)
  const next = writeInteger(der, head.length, signature, r, half, rPad)
  writeInteger(der, next, signature, s, signature.length, sPad)
  return der
}

/** From DER, as `node:crypto` has made it, to r and s side by side, in so many bytes. */
export function ecdsaFromDer(der: Buffer, length: number): Buffer {
  const signature = Buffer.alloc(length)
  const rAt = (der[1] === 0x81 ? 3 : 2) + 2
  const rEnd = rAt + der.readUInt8(rAt - 1)
  copyRight(der, rAt, rEnd, signature, length / 2)
  copyRight(der, rEnd + 2, der.length, signature, length)
  return signature
}

/** Where the number in these bytes begins: past the zeros, but never past the last byte. */
function firstByte(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end - 1 && bytes[at] === 0) at++
  return at
}

function paddingOf(bytes: Buffer, at: number): 0 | 1 {
  return bytes.readUInt8(at) >= 0x80 ? 1 : 0
}

/** Writes every byte of a number's tag, length, padding and digits. Answers where the next one begins. */
function writeInteger(der: Buffer, at: number, from: Buffer, start: number, end: number, pad: 0 | 1): number {
  der[at] = integerTag
  der[at + 1] = end - start + pad
  if (pad === 1) der[at + 2] = 0
  const digits = at + 2 + pad
  // A loop: so few bytes are copied in less time than `copy` takes to begin.
  for (let index = start; index < end; index++) der[digits + index - start] = from[index] ?? 0
  return digits + end - start
}

/** Copies a number so that it ends at `end`; what is longer than the target's half can only be the zero before it. */
function copyRight(from: Buffer, start: number, stop: number, to: Buffer, end: number): void {
  const width = Math.min(stop - start, to.length / 2)
  from.copy(to, end - width, stop - width, stop)
}
