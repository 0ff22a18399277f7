import { hkdfSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { deriveSecret } from './derive-secret.ts'
import { parseMasterKey } from './master-key.ts'

test('a derived secret is HKDF-SHA256 of the master key, so that every server has the same (RFC 5869)', () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7))
  const expected = new Uint8Array(hkdfSync('sha256', bytes, '', 'countersign/v1 dpop-nonce', 32))
  expect(deriveSecret(parseMasterKey(bytes.toString('hex')), 'dpop-nonce')).toEqual(expected)
  expect(deriveSecret(parseMasterKey(bytes.toString('base64url')), 'dpop-nonce')).toEqual(expected)
})

test('another master key has other secrets', () => {
  const [one, two] = ['11', '22'].map((digits) => deriveSecret(parseMasterKey(digits.repeat(32)), 'dpop-nonce'))
  expect(one).not.toEqual(two)
})
