/**
 * Whether 32 bytes are a usable Ed25519 public key (RFC 8032 §5.1.3): OpenSSL takes any.
 *
 * Points of small order are refused with those off the curve: with one as the key, a signature can be made that holds
 * for many messages, without a private key.
 *
 * Anybody may hand in such bytes, with a DPoP proof that nobody signed. So there is no exponentiation here: that a point
 * is on the curve is told by a Jacobi symbol, in a tenth of the time, and small orders by a list.
 */

import { Buffer } from 'node:buffer'

const p = 2n ** 255n - 19n
const yOfOrder8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n
/** Of the eight points whose order divides 8: (0, ±1), (±√-1, 0), and four of order 8. */
const smallOrders: ReadonlySet<bigint> = new Set([0n, 1n, p - 1n, yOfOrder8, p - yOfOrder8])

export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  const littleEndian = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  // The top bit is the sign of x. Either is an x: the one point with none, x = 0, has a small order.
  const y = littleEndian & (2n ** 255n - 1n)
  return y < p && !smallOrders.has(y) && isOnCurve(y)
}

// x² = (y² - 1) / (dy² + 1) with d = -121665/121666, and a fraction is a square where its product is.
function isOnCurve(y: bigint): boolean {
  const square = y * y
  return jacobi((121666n * (square - 1n) * (121666n - 121665n * square)) % p) === 1
}

/** The Jacobi symbol (value / p) by quadratic reciprocity: 1 for a square. All of it is public, so its time may tell. */
function jacobi(value: bigint): number {
  let numerator = value < 0n ? value + p : value
  let denominator = p
  let symbol = 1
  while (numerator !== 0n) {
    for (; (numerator & 1n) === 0n; numerator >>= 1n) {
      const rest = denominator & 7n
      if (rest === 3n || rest === 5n) symbol = -symbol
    }
    if ((numerator & denominator & 3n) === 3n) symbol = -symbol
    const last = numerator
    numerator = denominator % last
    denominator = last
  }
  return denominator === 1n ? symbol : 0
}
