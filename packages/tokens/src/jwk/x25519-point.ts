/**
 * Whether 32 bytes are a usable X25519 public key (RFC 7748 §5): OpenSSL takes any.
 *
 * With a point of small order the agreed secret is all zeros, whoever the other is (RFC 7748 §6.1).
 */

import { Buffer } from 'node:buffer'

const p = 2n ** 255n - 19n
const a = 486662n

export function isX25519PublicKey(bytes: Uint8Array): boolean {
  const littleEndian = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  // The top bit is masked, and numbers beyond the field are accepted, as every X25519 does.
  let x = (littleEndian & (2n ** 255n - 1n)) % p
  let z = 1n
  // Doubled thrice, x/z of a point of an order that divides 8 is at infinity, on the curve and on its twist.
  for (let doubling = 0; doubling < 3; doubling++) {
    const nextX = (x * x - z * z) ** 2n % p
    z = (4n * x * z * (x * x + a * x * z + z * z)) % p
    x = nextX
  }
  return z !== 0n
}
