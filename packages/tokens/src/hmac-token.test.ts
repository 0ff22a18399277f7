import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signHmacToken, verifyHmacToken } from './hmac-token.ts'
import type { HmacTokenDemands } from './hmac-token.ts'
import { parseJwk } from './jwk/parse-jwk.ts'
import { secretKey } from './jwk/secret-key.ts'

interface Examples {
  readonly secretUtf8: string
  readonly tokens: readonly { readonly signed: string; readonly token: string }[]
}

const examples = JSON.parse(readFileSync(new URL('../vectors/lab/hmac.json', import.meta.url), 'utf8')) as Examples
const key = secretKey('HS256', Buffer.from(examples.secretUtf8))
const now = 1721459033
const token = signHmacToken('alice', now, key)
const mac = token.slice(-64)

function refused(code: string): Error {
  return expect.objectContaining({ name: 'TokenError', code }) as Error
}

describe('HMAC tokens', () => {
  for (const { signed, token: expected } of examples.tokens) {
    const subject = signed.slice(0, signed.lastIndexOf('.'))
    const issuedAt = Number(signed.slice(signed.lastIndexOf('.') + 1))

    test(`the fixed example ${signed} is signed and verified`, () => {
      expect(signHmacToken(subject, issuedAt, key)).toBe(expected)
      expect(verifyHmacToken(expected, key)).toEqual({ subject, issuedAt })
    })
  }

  for (const { name, text, code } of [
    { name: 'an empty string', text: '', code: 'token_malformed' },
    { name: 'no text at all', text: undefined as unknown as string, code: 'token_malformed' },
    { name: 'no dots', text: mac, code: 'token_malformed' },
    { name: 'two parts', text: `${now}.${mac}`, code: 'token_malformed' },
    { name: 'an empty subject', text: `.${now}.${mac}`, code: 'token_malformed' },
    { name: 'a lone surrogate in the subject', text: `\ud800.${now}.${mac}`, code: 'token_malformed' },
    { name: 'an empty timestamp', text: `alice..${mac}`, code: 'token_malformed' },
    { name: 'a leading zero', text: `alice.0${now}.${mac}`, code: 'token_malformed' },
    { name: 'a sign', text: `alice.+${now}.${mac}`, code: 'token_malformed' },
    {
      name: 'a fraction, which reads as a dotted subject',
      text: `alice.${now}.5.${mac}`,
      code: 'token_signature_invalid',
    },
    { name: 'hexadecimal', text: `alice.0x66.${mac}`, code: 'token_malformed' },
    { name: 'other decimal digits', text: `alice.١٢٣.${mac}`, code: 'token_malformed' },
    { name: 'a timestamp beyond exact numbers', text: `alice.9007199254740993.${mac}`, code: 'token_malformed' },
    { name: 'an upper-case mac', text: token.slice(0, -64) + mac.toUpperCase(), code: 'token_malformed' },
    { name: 'a short mac', text: token.slice(0, -1), code: 'token_malformed' },
    { name: 'a long mac', text: `${token}0`, code: 'token_malformed' },
    { name: 'white space at the end', text: `${token}\n`, code: 'token_malformed' },
    { name: 'another subject', text: `bob.${now}.${mac}`, code: 'token_signature_invalid' },
    { name: 'another time', text: `alice.${now + 1}.${mac}`, code: 'token_signature_invalid' },
    { name: 'more than 8 KiB', text: 'a'.repeat(8193), code: 'token_too_large' },
  ]) {
    test(`refuses ${name}`, () => {
      expect(() => verifyHmacToken(text, key)).toThrow(refused(code))
    })
  }

  test('the mac is over UTF-8: letters that share their low byte with others ("š", "a") are not those', () => {
    const signed = `šdmin.${now}`
    const hex = createHmac('sha256', examples.secretUtf8).update(signed, 'utf8').digest('hex')
    expect(signHmacToken('šdmin', now, key)).toBe(`${signed}.${hex}`)
    expect(() => verifyHmacToken(`admin.${now}.${hex}`, key)).toThrow(refused('token_signature_invalid'))
  })

  test('another key refuses it', () => {
    const other = secretKey('HS256', Buffer.alloc(32, 1))
    expect(() => verifyHmacToken(token, other)).toThrow(refused('token_signature_invalid'))
  })

  test('only an HS256 key serves, and only for what its "key_ops" allow', () => {
    const k = Buffer.alloc(64).toString('base64url')
    const hs512 = secretKey('HS512', Buffer.alloc(64))
    expect(() => signHmacToken('alice', now, hs512)).toThrow(refused('key_unusable'))
    expect(() => verifyHmacToken(token, hs512)).toThrow(refused('key_unusable'))
    const verifier = parseJwk({ kty: 'oct', alg: 'HS256', k, key_ops: ['verify'] })
    expect(() => signHmacToken('alice', now, verifier)).toThrow(refused('key_unusable'))
    const signer = parseJwk({ kty: 'oct', alg: 'HS256', k, key_ops: ['sign'] })
    expect(() => verifyHmacToken(token, signer)).toThrow(refused('key_unusable'))
  })

  for (const { name, at, maxAgeSeconds, code } of [
    { name: 'accepts the greatest age', at: now + 60, maxAgeSeconds: 60 },
    { name: 'refuses a greater age', at: now + 61, maxAgeSeconds: 60, code: 'token_too_old' },
    { name: 'accepts any age where none is demanded', at: now + 1e9 },
    { name: 'accepts 5 seconds ahead', at: now - 5, maxAgeSeconds: 60 },
    { name: 'refuses 6 seconds ahead', at: now - 6, code: 'token_not_yet_valid' },
  ]) {
    test(name, () => {
      const verify = (): unknown =>
        verifyHmacToken(token, key, { now: at, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) })
      if (code === undefined) expect(verify()).toEqual({ subject: 'alice', issuedAt: now })
      else expect(verify).toThrow(refused(code))
    })
  }

  test('a clock or an age that is no number refuses every token', () => {
    const verify = (demands: HmacTokenDemands) => () => verifyHmacToken(token, key, demands)
    expect(verify({ now: NaN, maxAgeSeconds: 60 })).toThrow(refused('token_not_yet_valid'))
    expect(verify({ now, maxAgeSeconds: NaN })).toThrow(refused('token_too_old'))
  })

  test("a caller's mistakes are TypeErrors", () => {
    for (const subject of ['', '\udc00']) expect(() => signHmacToken(subject, now, key)).toThrow(TypeError)
    for (const at of [-1, NaN, Infinity, 2 ** 53]) expect(() => signHmacToken('alice', at, key)).toThrow(TypeError)
    expect(() => verifyHmacToken(token, key, { maxAgeSeconds: 1 })).toThrow(TypeError)
  })

  test('what is signed verifies, for any subject', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (subject, issuedAt) => {
        expect(verifyHmacToken(signHmacToken(subject, issuedAt, key), key)).toEqual({ subject, issuedAt })
      }),
    )
  })

  test('any flipped bit is refused, and no input throws anything but a TokenError', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: token.length - 1 }),
        fc.nat({ max: 6 }),
        fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        (at, bit, junk) => {
          const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit))
          for (const text of [token.slice(0, at) + flipped + token.slice(at + 1), junk, `${junk}.${now}.${mac}`]) {
            expect(() => verifyHmacToken(text, key)).toThrow(expect.objectContaining({ name: 'TokenError' }) as Error)
          }
        },
      ),
    )
  })
})
