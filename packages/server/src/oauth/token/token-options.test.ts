import { expect, describe, test } from 'vitest'
import { checkSameResource, parseSingleUse } from './token-options.ts'

const issuer = 'https://id.example'
const orders = 'https://orders.example'

describe('single_use', () => {
  test('is asked for by "true"', () => expect(parseSingleUse({ single_use: 'true' })).toBe(true))
  test('is not asked for by default', () => expect(parseSingleUse({})).toBe(false))
  for (const value of ['false', '1', 'TRUE', '']) {
    test(`refuses ${JSON.stringify(value)}`, () => {
      expect(() => parseSingleUse({ single_use: value })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    })
  }
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
