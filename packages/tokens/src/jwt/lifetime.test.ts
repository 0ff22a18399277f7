import { expect, test } from 'vitest'

import { refusalOf } from '../refusal.fixture.ts'
import { checkLifetime } from './lifetime.ts'

const now = 1_000_000

for (const { name, claims, demands = {}, code } of [
  { name: 'accepts the last moment of "exp" plus the skew', claims: { exp: now - 4.999 } },
  { name: 'refuses "exp" plus the skew', claims: { exp: now - 5 }, code: 'token_expired' },
  {
    name: 'refuses "exp" itself without a skew',
    claims: { exp: now },
    demands: { clockSkewSeconds: 0 },
    code: 'token_expired',
  },
  { name: 'accepts a skew of 60', claims: { exp: now - 59 }, demands: { clockSkewSeconds: 60 } },
  { name: 'refuses a missing "exp"', claims: {}, code: 'token_claim_missing' },
  { name: 'refuses an "exp" that is no number', claims: { exp: Number.NaN }, code: 'token_expired' },
  { name: 'accepts "nbf" ahead by the skew', claims: { exp: now + 9, nbf: now + 5 } },
  { name: 'refuses "nbf" ahead by more', claims: { exp: now + 9, nbf: now + 5.001 }, code: 'token_not_yet_valid' },
  {
    name: 'refuses an "nbf" that is no number',
    claims: { exp: now + 9, nbf: Number.NaN },
    code: 'token_not_yet_valid',
  },
  { name: 'accepts "iat" ahead by the skew', claims: { exp: now + 9, iat: now + 5 } },
  { name: 'refuses "iat" ahead by more', claims: { exp: now + 9, iat: now + 6 }, code: 'token_not_yet_valid' },
  { name: 'accepts the greatest age', claims: { exp: now + 9, iat: now - 104 }, demands: { maxAgeSeconds: 100 } },
  {
    name: 'refuses a greater age',
    claims: { exp: now + 9, iat: now - 105 },
    demands: { maxAgeSeconds: 100 },
    code: 'token_too_old',
  },
  {
    name: 'refuses an unknown age',
    claims: { exp: now + 9 },
    demands: { maxAgeSeconds: 100 },
    code: 'token_claim_missing',
  },
]) {
  test(name, () => {
    expect(
      refusalOf(() => {
        checkLifetime(claims, { now, ...demands })
      }),
    ).toBe(code)
  })
}

for (const demands of [
  { now: Number.NaN },
  { now: Infinity },
  { now, clockSkewSeconds: 61 },
  { now, clockSkewSeconds: -1 },
  { now, clockSkewSeconds: Number.NaN },
  { now, maxAgeSeconds: -1 },
  { now, maxAgeSeconds: Number.NaN },
]) {
  test(`a caller who asks for ${JSON.stringify(Object.entries(demands).map(([name, value]) => `${name} ${String(value)}`))} is mistaken`, () => {
    expect(() => {
      checkLifetime({ exp: now + 9 }, demands)
    }).toThrow(TypeError)
  })
}
