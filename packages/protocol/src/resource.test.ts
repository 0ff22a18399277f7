import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OAuthError } from './oauth-error.ts'
import { parseResource } from './resource.ts'

describe('parseResource (RFC 8707 §2)', () => {
  for (const text of [
    'https://api.example.com',
    'https://api.example.com/app/?tenant=1',
    'https://API.example.com/%7Eapp',
    'http://[::1]:4000/',
    'urn:example:payments',
  ]) {
    test(`answers ${text} as it was written`, () => {
      expect(parseResource(text)).toBe(text)
    })
  }

  for (const { name, text } of [
    { name: 'nothing', text: '' },
    { name: 'a relative reference', text: '/api' },
    { name: 'a host without a scheme', text: '//api.example.com' },
    { name: 'a bare name', text: 'payments' },
    { name: 'a fragment', text: 'https://api.example.com#a' },
    { name: 'an empty fragment', text: 'https://api.example.com#' },
    { name: 'a space', text: 'https://api.example.com/a b' },
    { name: 'a tab, which URL would drop', text: 'https://api.exa\tmple.com' },
    { name: 'a final line feed, which URL would drop', text: 'https://api.example.com\n' },
    { name: 'a backslash, which URL would turn', text: 'https:\\\\api.example.com' },
    { name: 'non-ASCII', text: 'https://äpi.example.com' },
    { name: 'a broken percent-encoding', text: 'https://api.example.com/%zz' },
    { name: 'no host', text: 'https://' },
    { name: 'a port out of range', text: 'https://api.example.com:99999' },
  ]) {
    test(`refuses ${name}`, () => {
      expect(() => parseResource(text)).toThrow(expect.objectContaining({ code: 'invalid_target' }))
    })
  }

  test('never throws anything but OAuthError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withFragments: true })), (text) => {
        try {
          expect(parseResource(text)).toBe(text)
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error
        }
      }),
    )
  })
})
