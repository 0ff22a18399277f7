import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashToken, makeOpaqueToken, parseOpaqueToken } from './opaque.ts'
import type { OpaqueKind } from './opaque.ts'

const kinds: readonly OpaqueKind[] = ['at', 'rt', 'ac', 'as', 'cs', 'ml', 'rc']
const malformed = expect.objectContaining({ name: 'TokenError', code: 'token_malformed' }) as Error

/** Zeros, with a checksum computed independently: zlib's CRC-32 in base62. */
const zeros = 'cs_at_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA4PgdEY'

describe('opaque tokens', () => {
  for (const kind of kinds) {
    test(`a new "${kind}" token is well formed, of its kind only, and never the same twice`, () => {
      const token = makeOpaqueToken(kind)
      expect(token).toMatch(new RegExp(`^cs_${kind}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$`))
      expect(parseOpaqueToken(token, kind)).toBe(token)
      expect(makeOpaqueToken(kind)).not.toBe(token)
      for (const other of kinds) if (other !== kind) expect(() => parseOpaqueToken(token, other)).toThrow(malformed)
    })
  }

  test('the checksum is the CRC-32 of what precedes it, in six base62 digits', () => {
    expect(parseOpaqueToken(zeros, 'at')).toBe(zeros)
  })

  for (const { name, text } of [
    { name: 'an empty string', text: '' },
    { name: 'no text at all', text: undefined as unknown as string },
    { name: 'white space around it', text: `${zeros}\n` },
    { name: 'a shorter random part', text: zeros.replace('A', '') },
    { name: 'a longer random part', text: zeros.replace('A', 'AA') },
    { name: 'a non-canonical last character', text: zeros.replace('A4PgdEY', 'B4PgdEY') },
    { name: 'another alphabet', text: zeros.replace('AA', '+/') },
    { name: 'upper-case prefix', text: zeros.replace('cs_at', 'CS_at') },
    { name: 'a wrong checksum', text: zeros.replace('4PgdEY', '4PgdEZ') },
    { name: 'a missing checksum', text: zeros.slice(0, -6) },
  ]) {
    test(`refuses ${name}`, () => {
      expect(() => parseOpaqueToken(text, 'at')).toThrow(malformed)
    })
  }

  test('any changed character is refused', () => {
    fc.assert(
      fc.property(fc.nat({ max: zeros.length - 1 }), fc.integer({ min: 32, max: 126 }), (index, code) => {
        const changed = zeros.slice(0, index) + String.fromCharCode(code) + zeros.slice(index + 1)
        fc.pre(changed !== zeros)
        expect(() => parseOpaqueToken(changed, 'at')).toThrow(malformed)
      }),
    )
  })

  test('no input throws anything but a TokenError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)) }), (text) => {
        expect(() => parseOpaqueToken(text, 'rt')).toThrow(malformed)
      }),
    )
  })

  test('the stored form is base64url SHA-256', () => {
    expect(hashToken('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })
})
