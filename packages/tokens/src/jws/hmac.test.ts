import { createHmac, createSecretKey } from 'node:crypto'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { prepareHmac } from './hmac.ts'

for (const parameters of [
  { hash: 'sha256', hashBytes: 32, blockBytes: 64 },
  { hash: 'sha384', hashBytes: 48, blockBytes: 128 },
  { hash: 'sha512', hashBytes: 64, blockBytes: 128 },
] as const) {
  test(`${parameters.hash}: is HMAC, for keys and messages of any length, two keys in turn`, () => {
    const secret = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => createSecretKey(bytes))
    const message = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.nat(20_000).map((length) => 'x'.repeat(length)),
    )
    fc.assert(
      fc.property(secret, secret, fc.array(message, { maxLength: 4 }), (first, second, messages) => {
        const pairs = [first, second].map((key) => ({ key, mac: prepareHmac(parameters, key) }))
        for (const text of messages) {
          for (const { key, mac } of pairs) {
            expect(mac(text)).toBe(createHmac(parameters.hash, key).update(text).digest('base64url'))
          }
        }
      }),
    )
  })
}
