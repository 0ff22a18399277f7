import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64url, encodeBase64url } from './base64url.ts'

test('writes what Node writes, and reads it back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(encodeBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(decodeBase64url(encodeBase64url(bytes))).toEqual(new Uint8Array(bytes))
    }),
  )
})

test('writes a megabyte', () => {
  const bytes = new Uint8Array(1024 * 1024).fill(255)
  expect(encodeBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
})

test.for(['=', 'AA==', 'AB', 'A', 'A A', 'A+/A', 'AAAA\n', 'é'])('"%s" is no spelling of any bytes', (text) => {
  expect(() => decodeBase64url(text)).toThrow(SyntaxError)
})
