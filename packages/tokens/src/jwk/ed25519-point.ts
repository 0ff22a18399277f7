/**
 * Whether 32 bytes are a usable Ed25519 public key (RFC 8032 §5.1.3): OpenSSL takes any.
 *
 * Points of small order are refused with those off the curve: with one as the key, a signature can be made that holds
 * for many messages, without a private key.
 */

const p = 2n ** 255n - 19n
const d = modP(-121665n * power(121666n, p - 2n))
const rootOfMinusOne = power(2n, (p - 1n) / 4n)

export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  const littleEndian = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const sign = littleEndian >> 255n
  const y = littleEndian & (2n ** 255n - 1n)
  if (y >= p) return false
  const x = recoverX(y, sign)
  return x !== undefined && !hasSmallOrder(x, y)
}

function recoverX(y: bigint, sign: bigint): bigint | undefined {
  const u = modP(y * y - 1n)
  const v = modP(d * y * y + 1n)
  const candidate = modP(u * v ** 3n * power(u * v ** 7n, (p - 5n) / 8n))
  const x = [candidate, modP(candidate * rootOfMinusOne)].find((root) => modP(v * root * root - u) === 0n)
  if (x === undefined || (x === 0n && sign === 1n)) return undefined
  return (x & 1n) === sign ? x : modP(-x)
}

// Doubled thrice, a point of an order that divides 8 is the neutral one, (0, 1).
function hasSmallOrder(x: bigint, y: bigint): boolean {
  for (let doubling = 0; doubling < 3; doubling++) {
    const product = modP(d * x * x * y * y)
    const nextX = modP(2n * x * y * power(1n + product, p - 2n))
    y = modP((y * y + x * x) * power(1n - product, p - 2n))
    x = nextX
  }
  return x === 0n && y === 1n
}

function modP(value: bigint): bigint {
  const remainder = value % p
  return remainder < 0n ? remainder + p : remainder
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = modP(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = modP(result * square)
    square = modP(square * square)
  }
  return result
}
