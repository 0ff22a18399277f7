/**
 * RSA keys: their numbers, checked against one another (RFC 7518 §6.3).
 */

import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { TokenError } from '../errors.ts'
import { malformed, readText, readUnsigned } from './members.ts'
import type { Members } from './members.ts'
import { hasRocaFingerprint } from './roca.ts'

const leastBits = 2048
// What a key costs to use grows with the cube of its length; nobody needs more.
const mostBits = 8192
const leastExponent = 65537n
const mostExponent = 2n ** 64n

/** @throws {TokenError} `key_malformed`, `key_too_weak`, `key_unsupported` */
export function parseRsaKey(jwk: Members): KeyObject {
  const n = readUnsigned(jwk, 'n')
  const e = readUnsigned(jwk, 'e')
  checkModulus(n)
  if (e % 2n === 0n) throw malformed('"e" is even')
  if (e < leastExponent) throw new TokenError('key_too_weak', 'the public exponent is below 65537')
  if (e > mostExponent) throw new TokenError('key_unsupported', 'the public exponent is beyond 64 bits')

  const publicMembers = { kty: 'RSA', n: readText(jwk, 'n'), e: readText(jwk, 'e') }
  if (jwk.d === undefined) return createPublicKey({ key: publicMembers, format: 'jwk' })

  checkPrivateNumbers(jwk, n, e)
  const key = { ...publicMembers }
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) Object.assign(key, { [name]: readText(jwk, name) })
  return createPrivateKey({ key, format: 'jwk' })
}

function checkModulus(n: bigint): void {
  const bits = n.toString(2).length
  if (n % 2n === 0n) throw malformed('"n" is even')
  if (bits < leastBits) throw new TokenError('key_too_weak', `the modulus is below ${leastBits} bits`)
  if (bits > mostBits) throw new TokenError('key_unsupported', `the modulus is beyond ${mostBits} bits`)
  if (hasRocaFingerprint(n)) throw new TokenError('key_too_weak', 'the modulus can be factored (ROCA)')
}

// OpenSSL takes these numbers as they are. A wrong one makes wrong signatures, which can give the key away.
function checkPrivateNumbers(jwk: Members, n: bigint, e: bigint): void {
  if (jwk.oth !== undefined) throw new TokenError('key_unsupported', 'an RSA key of more than two primes')
  const [d, p, q, dp, dq, qi] = ['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => readUnsigned(jwk, name)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const holds =
    p > 1n &&
    q > 1n &&
    p * q === n &&
    d < n &&
    (e * d) % (p - 1n) === 1n &&
    (e * d) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    qi < p &&
    (qi * q) % p === 1n
  if (!holds) throw malformed('the private members contradict one another')
}
