import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OAuthError } from './oauth-error.ts'
import { formatScope, includesScope, parseScope } from './scope.ts'

describe('parseScope (RFC 6749 §3.3)', () => {
  for (const { name, text, scopes } of [
    { name: 'one', text: 'read', scopes: ['read'] },
    { name: 'several, in their order', text: 'write openid read', scopes: ['write', 'openid', 'read'] },
    { name: 'duplicates once', text: 'a b a', scopes: ['a', 'b'] },
    { name: 'case matters', text: 'a A', scopes: ['a', 'A'] },
    { name: 'none', text: '', scopes: [] },
    { name: 'the outermost characters', text: '! # [ ] ~', scopes: ['!', '#', '[', ']', '~'] },
    { name: 'a URI', text: 'https://api.example/read:all', scopes: ['https://api.example/read:all'] },
    { name: 'object member names', text: '__proto__ constructor', scopes: ['__proto__', 'constructor'] },
  ]) {
    test(`accepts ${name}`, () => {
      expect(parseScope(text)).toEqual(scopes)
    })
  }

  for (const text of [' ', ' a', 'a ', 'a  b', 'a\tb', 'a\nb', 'a"b', 'a\\b', 'a\u0000', 'é', 'a\u00a0b', 'a\u007f']) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseScope(text)).toThrow(expect.objectContaining({ code: 'invalid_scope' }))
    })
  }

  test('never throws anything but OAuthError, and what it accepts it writes again', () => {
    const nearlyScope = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '"', '\\', 'é', '\n'), maxLength: 12 })
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearlyScope), (text) => {
        try {
          const scopes = parseScope(text)
          expect(parseScope(formatScope(scopes))).toEqual(scopes)
          expect(new Set(text.split(' ').filter(Boolean))).toEqual(new Set(scopes))
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error
        }
      }),
    )
  })
})

test('formatScope refuses a scope that would read as two, or as none', () => {
  for (const scope of ['read admin', '', 'a"b']) {
    expect(() => formatScope(['openid', scope])).toThrow(expect.objectContaining({ code: 'invalid_scope' }))
  }
})

for (const { granted, demanded, is } of [
  { granted: ['a', 'b'], demanded: ['b'], is: true },
  { granted: ['a', 'b'], demanded: ['b', 'a'], is: true },
  { granted: ['a'], demanded: [], is: true },
  { granted: [], demanded: [], is: true },
  { granted: ['a'], demanded: ['a', 'b'], is: false },
  { granted: ['read:all'], demanded: ['read'], is: false },
  { granted: ['Read'], demanded: ['read'], is: false },
]) {
  test(`[${granted.join()}] ${is ? 'includes' : 'does not include'} [${demanded.join()}]`, () => {
    expect(includesScope(granted, demanded)).toBe(is)
  })
}
