import { expect, describe, test } from 'vitest'
import { checkSameResource, hasSingleUseScope, parseTokenOptions } from './token-options.ts'

const issuer = 'https://id.example'
const orders = 'https://orders.example'

const refused = expect.objectContaining({ name: 'OAuthError', code: 'invalid_request' })
const withKeys = { sessionKeys: true }

for (const [name, option] of [
  ['single_use', 'singleUse'],
  ['session_keys', 'sessionKeys'],
] as const) {
  describe(name, () => {
    test('is asked for by "true"', () => expect(parseTokenOptions({ [name]: 'true' }, withKeys)[option]).toBe(true))
    test('is not asked for by default', () => expect(parseTokenOptions({}, withKeys)[option]).toBe(false))
    for (const value of ['false', '1', 'TRUE', '']) {
      test(`refuses ${JSON.stringify(value)}`, () => {
        expect(() => parseTokenOptions({ [name]: value }, withKeys)).toThrow(refused)
      })
    }
  })
}

test('there are no session keys for an API without them, nor for the issuer', () => {
  for (const api of [{ sessionKeys: false }, undefined]) {
    expect(() => parseTokenOptions({ session_keys: 'true' }, api)).toThrow(refused)
    expect(parseTokenOptions({ single_use: 'true' }, api)).toEqual({ singleUse: true, sessionKeys: false })
  }
})

describe('a scope that makes tokens single-use', () => {
  const api = { singleUseScopes: ['demo:transfer', 'demo:delete'] }
  for (const { name, scope, expected } of [
    { name: 'does so alone', scope: 'demo:transfer', expected: true },
    { name: 'does so among others', scope: 'demo:read demo:delete', expected: true },
    { name: 'does not where it is not given', scope: 'demo:read', expected: false },
    { name: 'does not by a part of its name', scope: 'demo:transfer:read demo', expected: false },
    { name: 'does not without a scope', scope: '', expected: false },
  ]) {
    test(name, () => expect(hasSingleUseScope(api, scope)).toBe(expected))
  }
  test('is none of the issuer’s', () => expect(hasSingleUseScope(undefined, 'demo:transfer')).toBe(false))
})

describe('a resource at the exchange is the granted one (RFC 8707 §2.2)', () => {
  for (const { name, resource, granted, code } of [
    { name: 'accepts the granted one', resource: orders, granted: orders },
    { name: 'accepts the issuer for a grant without a resource', resource: issuer, granted: null },
    { name: 'refuses another', resource: `${orders}/`, granted: orders, code: 'invalid_target' },
    { name: 'refuses one for a grant without', resource: orders, granted: null, code: 'invalid_target' },
    { name: 'refuses the issuer for a grant with one', resource: issuer, granted: orders, code: 'invalid_target' },
    { name: 'refuses what is no absolute URI', resource: 'orders', granted: 'orders', code: 'invalid_target' },
  ]) {
    test(name, () => {
      const check = (): void => checkSameResource({ resource }, granted, issuer)
      if (code) expect(check).toThrow(expect.objectContaining({ name: 'OAuthError', code }))
      else expect(check).not.toThrow()
    })
  }
  test('may be left out', () => expect(() => checkSameResource({}, orders, issuer)).not.toThrow())
})
