/**
 * Comparison whose time says nothing about where two secrets differ.
 */

import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'

/** Whether two byte strings are equal. Texts are compared as UTF-8. Only the lengths may show in the time taken. */
export function equalsConstantTime(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const left = typeof a === 'string' ? Buffer.from(a) : a
  const right = typeof b === 'string' ? Buffer.from(b) : b
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}
