import { generateKeyPairSync } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { refusalOf } from '../refusal.fixture.ts'
import { readVectors } from '../vectors.fixture.ts'
import { parseJwk } from './parse-jwk.ts'

const jwk: Readonly<Record<string, string>> = {
  ...(readVectors('jose-cookbook/jwk/3_4.rsa_private_key.json') as Readonly<Record<string, string>>),
  alg: 'RS256',
}
const publicMembers = { kty: 'RSA', alg: 'RS256', n: jwk['n'], e: jwk['e'] }

describe('the public numbers', () => {
  for (const { name, members, code } of [
    { name: 'accepts 2048 bits', members: {}, code: undefined },
    { name: 'refuses 2047 bits', members: { n: numberOf(2n ** 2047n - 1n) }, code: 'key_too_weak' },
    { name: 'refuses 8193 bits', members: { n: numberOf(2n ** 8192n + 1n) }, code: 'key_unsupported' },
    { name: 'refuses an even modulus', members: { n: numberOf(2n ** 2047n) }, code: 'key_malformed' },
    { name: 'refuses a modulus with a zero before it', members: { n: `AA${String(jwk['n'])}` }, code: 'key_malformed' },
    { name: 'refuses an empty modulus', members: { n: '' }, code: 'key_malformed' },
    { name: 'refuses the exponent 3', members: { e: numberOf(3n) }, code: 'key_too_weak' },
    { name: 'refuses the exponent 65535', members: { e: numberOf(65535n) }, code: 'key_too_weak' },
    { name: 'refuses an even exponent', members: { e: numberOf(65538n) }, code: 'key_malformed' },
    { name: 'refuses a zero exponent', members: { e: 'AA' }, code: 'key_malformed' },
    { name: 'refuses an exponent beyond 64 bits', members: { e: numberOf(2n ** 64n + 1n) }, code: 'key_unsupported' },
  ]) {
    test(name, () => {
      expect(refusalOf(() => parseJwk({ ...publicMembers, ...members }))).toBe(code)
    })
  }
})

describe('the private numbers', () => {
  test('are accepted where they agree', () => {
    expect(parseJwk(jwk).kind).toBe('private')
    expect(
      parseJwk({
        ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
        alg: 'RS256',
      }).kind,
    ).toBe('private')
  })

  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) {
    test(`are refused where "${name}" is missing, or another`, () => {
      expect(refusalOf(() => parseJwk({ ...jwk, [name]: undefined, ...(name === 'd' ? { d: '' } : {}) }))).toBe(
        'key_malformed',
      )
      const other = BigInt(`0x${Buffer.from(jwk[name] ?? '', 'base64url').toString('hex')}`) + 2n
      expect(refusalOf(() => parseJwk({ ...jwk, [name]: numberOf(other) }))).toBe('key_malformed')
    })
  }

  test('are refused where a prime is one', () => {
    expect(refusalOf(() => parseJwk({ ...jwk, p: 'AQ', q: jwk['n'] }))).toBe('key_malformed')
  })

  test('of more than two primes are refused', () => {
    expect(refusalOf(() => parseJwk({ ...jwk, oth: [] }))).toBe('key_unsupported')
  })
})

function numberOf(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
