import { createHmac, createSecretKey } from 'node:crypto'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { prepareBytesHmac, prepareHmac } from './hmac.ts'

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

  test(`${parameters.hash}: is HMAC of bytes in pieces, between those of texts`, () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 200 })
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array(),
        fc.nat(20_000).map((length) => Buffer.alloc(length, 120)),
      ),
    )
    fc.assert(
      fc.property(key, pieces, (secret, message) => {
        const whole = createHmac(parameters.hash, secret).update(Buffer.concat(message))
        const textMac = prepareHmac(parameters, createSecretKey(secret))
        const bytesMac = prepareBytesHmac(parameters, secret)
        textMac('another')
        expect(bytesMac(...message).equals(whole.digest())).toBe(true)
        expect(textMac('a text')).toBe(createHmac(parameters.hash, secret).update('a text').digest('base64url'))
      }),
    )
  })
}
