import { describe, expect, test } from 'vitest'

import { readHexSecret, readTextSecret } from './secrets.ts'

describe('a secret that is a text', () => {
  test('is random, and said to be, unless a variable gives one', () => {
    const [first, second] = [
      readTextSecret('LAB_HMAC_SECRET', { env: {} }),
      readTextSecret('LAB_HMAC_SECRET', { env: {} }),
    ]
    expect(first.isMade).toBe(true)
    expect(first.bytes).toHaveLength(32)
    expect(first.bytes.equals(second.bytes)).toBe(false)
  })

  test('is its UTF-8 bytes, 32 of them at least', () => {
    const secret = 'é'.repeat(16)
    expect(readTextSecret('X', { env: { X: secret } })).toEqual({ bytes: Buffer.from(secret), isMade: false })
  })

  test.each(['', 'secret', 'change-me-in-production', 'x'.repeat(31)])(
    'refuses %j with the line that mends it',
    (X) => {
      const line = `X has ${X.length} bytes, and at least 32 are needed. Make one: node -p "'X=' + crypto.randomBytes(32).toString('hex')" >> .env`
      expect(() => readTextSecret('X', { env: { X } })).toThrow(
        expect.objectContaining({ name: 'SettingError', message: line }) as Error,
      )
    },
  )
})

describe('a secret that is 64 hex digits', () => {
  test('is the 32 bytes that they stand for', () => {
    expect(readHexSecret('X', { env: { X: 'aB'.repeat(32) } }).bytes).toEqual(Buffer.alloc(32, 0xab))
    expect(readHexSecret('X', { env: {} })).toMatchObject({ isMade: true })
  })

  test.each(['', 'ab', 'g'.repeat(64), 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(64)}\n`])('refuses %j', (X) => {
    expect(() => readHexSecret('X', { env: { X } })).toThrow(/^X is not 64 hex digits\. Make one: node -p /)
  })
})
