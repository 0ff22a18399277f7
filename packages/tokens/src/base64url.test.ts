import fc from 'fast-check'
import { expect, test } from 'vitest'

import { decodeBase64url, decodeBase64urlInto, encodeBase64url } from './base64url.ts'

import { refusalOf } from './refusal.fixture.ts'

const space = Buffer.alloc(64)

test('what is encoded is decoded, to the byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9000, size: 'max' }), (bytes) => {
      expect(decodeBase64url(encodeBase64url(bytes)).equals(bytes)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a view encodes what it shows, not what lies beneath', () => {
  expect(encodeBase64url(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe('AgM')
})

for (const { name, text } of [
  { name: 'padding', text: 'AA==' },
  { name: 'white space', text: 'AA A' },
  { name: 'a line end', text: 'AAAA\n' },
  { name: 'the other alphabet', text: '+/+/' },
  { name: 'set bits after the last byte', text: 'AB' },
  { name: 'set bits after the last byte of two', text: 'AAB' },
  { name: 'a length that no bytes have', text: 'AAAAA' },
  { name: 'a letter that a byte-wise reader takes for another', text: '\u0141AAA' },
  { name: 'a dot', text: 'AA.A' },
]) {
  test(`refuses ${name}`, () => {
    expect(refusalOf(() => decodeBase64url(text))).toBe('token_malformed')
    expect(refusalOf(() => decodeBase64urlInto(space, text))).toBe('token_malformed')
  })
}

test('any text is either refused or the one encoding of its bytes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.base64String(), fc.string({ unit: 'binary' }), fc.string()), (text) => {
      const code = refusalOf(() => decodeBase64url(text))
      expect(code ?? encodeBase64url(Buffer.from(text, 'base64url'))).toBe(
        code === undefined ? text : 'token_malformed',
      )
    }),
  )
})

test('what is decoded into a space is what is decoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const length = decodeBase64urlInto(space, encodeBase64url(bytes))
      expect(space.subarray(0, length).equals(bytes)).toBe(true)
    }),
  )
})

test('a space too small is never mistaken for the end', () => {
  expect(refusalOf(() => decodeBase64urlInto(Buffer.alloc(2), 'AAAA'))).toBe('token_malformed')
})
