import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenError } from '../errors.ts'
import { decryptJwe } from './decrypt.ts'
import { encryptJwe } from './encrypt.ts'
import { everyKey } from './keys.fixture.ts'

const keys = await everyKey()
const aKey = fc.constantFrom(...keys)
const quick = fc.constantFrom(...keys.filter(({ key }) => !key.alg.startsWith('RSA')))

describe('for every algorithm and content encryption', () => {
  test('what was encrypted is decrypted, with its header', () => {
    fc.assert(
      fc.property(aKey, fc.uint8Array({ maxLength: 200 }), fc.string(), ({ key, enc }, bytes, context) => {
        const { header, plaintext } = decryptJwe(encryptJwe(bytes, key, { enc, header: { cs_context: context } }), key)
        expect(plaintext.equals(bytes)).toBe(true)
        expect(header).toMatchObject({ alg: key.alg, enc, cs_context: context })
      }),
    )
  })

  test('any changed character is refused', () => {
    fc.assert(
      fc.property(aKey, fc.nat(), fc.integer({ min: 1, max: 127 }), ({ key, enc }, place, flip) => {
        const token = encryptJwe('attack at dawn', key, { enc })
        const at = place % token.length
        const changed = token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) ^ flip) + token.slice(at + 1)
        expect(() => decryptJwe(changed, key)).toThrow(TokenError)
      }),
      { numRuns: 300 },
    )
  })

  test('any flipped bit of key, IV, ciphertext or tag is one and the same failure', () => {
    fc.assert(
      fc.property(aKey, fc.integer({ min: 1, max: 4 }), fc.nat(), ({ key, enc }, part, place) => {
        const parts = encryptJwe('attack at dawn', key, { enc }).split('.')
        const bytes = Buffer.from(parts[part] ?? '', 'base64url')
        fc.pre(bytes.length > 0)
        const at = place % (bytes.length * 8)
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7))
        parts[part] = bytes.toString('base64url')
        expect(() => decryptJwe(parts.join('.'), key)).toThrow(
          expect.objectContaining({
            code: 'token_decryption_failed',
            message: 'the token cannot be decrypted',
          }) as Error,
        )
      }),
      { numRuns: 300 },
    )
  })
})

test('no input throws anything but a TokenError', () => {
  const part = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)) }),
    fc.base64String(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
  )
  const json = fc.json().map((text) => Buffer.from(text).toString('base64url'))
  const epk = fc.oneof(fc.jsonValue(), fc.record({ kty: fc.constant('EC'), crv: fc.jsonValue(), x: part, y: part }))
  const header = fc
    .record({ alg: fc.constantFrom(...keys.map(({ key }) => key.alg)), epk, apu: fc.oneof(part, fc.jsonValue()) })
    .map((members) => Buffer.from(JSON.stringify({ ...members, enc: 'A128GCM' })).toString('base64url'))
  const parts = fc.tuple(fc.oneof(part, json, header), part, part, part, part)
  fc.assert(
    fc.property(
      quick,
      fc.oneof(
        parts.map((texts) => texts.join('.')),
        fc.string(),
      ),
      ({ key }, token) => {
        expect(() => decryptJwe(token, key)).toThrow(TokenError)
      },
    ),
    { numRuns: 500 },
  )
})
