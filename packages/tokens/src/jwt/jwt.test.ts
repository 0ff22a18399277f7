import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { secretKey } from '../jwk/secret-key.ts'
import { signJws } from '../jws/jws.ts'
import { refusalOf } from '../refusal.fixture.ts'
import { checkJwtClaims } from './claims.ts'
import { decodeUnverified, signJwt, verifyJwt, verifyJwtSignature } from './jwt.ts'

const key = secretKey('HS256', Buffer.alloc(32, 7), { kid: 'k1' })
const now = 1_000_000
const claims = {
  iss: 'https://issuer.example',
  aud: 'https://api.example',
  sub: 'alice',
  iat: now,
  exp: now + 300,
  jti: 'j',
}
const demands = { issuer: claims.iss, audience: claims.aud, typ: 'at+jwt', requiredClaims: ['sub', 'jti'], now }
const token = signJwt(claims, key, { typ: 'at+jwt' })

test('a token that meets every demand is answered, header and claims', () => {
  expect(verifyJwt(token, key, { ...demands, maxAgeSeconds: 60 })).toEqual({
    header: { alg: 'HS256', kid: 'k1', typ: 'at+jwt' },
    claims,
  })
})

test('"typ" is JWT unless told otherwise', () => {
  expect(verifyJwt(signJwt(claims, key), key, { now }).header.typ).toBe('JWT')
})

describe('each demand', () => {
  for (const { name, change = {}, ask = {}, typ = 'at+jwt', code } of [
    { name: 'another issuer', ask: { issuer: 'https://issuer.example/' }, code: 'token_issuer_mismatch' },
    { name: 'no issuer', change: { iss: undefined }, code: 'token_issuer_mismatch' },
    { name: 'another audience', ask: { audience: 'https://api.example.evil' }, code: 'token_audience_mismatch' },
    { name: 'no audience', change: { aud: undefined }, code: 'token_audience_mismatch' },
    { name: 'an empty audience', change: { aud: [] }, code: 'token_audience_mismatch' },
    { name: 'an audience among others', change: { aud: ['x', 'https://api.example'] } },
    {
      name: 'audiences that only contain it',
      change: { aud: ['https://api.example/x'] },
      code: 'token_audience_mismatch',
    },
    { name: 'another type', typ: 'JWT', code: 'token_type_mismatch' },
    { name: 'the type in other letter case', typ: 'AT+JWT', code: 'token_type_mismatch' },
    { name: 'the type as a media type', typ: 'application/at+jwt' },
    { name: 'the type as another media type', typ: 'text/at+jwt', code: 'token_type_mismatch' },
    { name: 'a required claim missing', change: { sub: undefined }, code: 'token_claim_missing' },
    { name: 'a required claim inherited only', ask: { requiredClaims: ['constructor'] }, code: 'token_claim_missing' },
    { name: 'no "exp"', change: { exp: undefined }, code: 'token_claim_missing' },
    { name: 'an "exp" gone by', ask: { now: now + 305 }, code: 'token_expired' },
    { name: 'an "nbf" ahead', change: { nbf: now + 6 }, code: 'token_not_yet_valid' },
    { name: 'too great an age', ask: { now: now + 65, maxAgeSeconds: 60 }, code: 'token_too_old' },
  ] as const) {
    test(code === undefined ? `accepts ${name}` : `refuses ${name}`, () => {
      const changed = signJws(JSON.stringify({ ...claims, ...change }), key, { typ })
      expect(refusalOf(() => verifyJwt(changed, key, { ...demands, ...ask }))).toBe(code)
    })
  }

  test('nothing is demanded but "exp" where nothing is asked', () => {
    expect(
      refusalOf(() => {
        checkJwtClaims({ header: { alg: 'HS256' }, claims: { exp: now + 1 } }, { now })
      }),
    ).toBeUndefined()
  })
})

describe('the form of the claims', () => {
  for (const payload of [
    { iss: 1 },
    { iss: null },
    { sub: ['a'] },
    { jti: {} },
    { aud: 5 },
    { aud: ['a', 5] },
    { aud: { 0: 'a' } },
    { exp: '1000300' },
    { exp: null },
    { nbf: true },
    { iat: [now] },
  ]) {
    test(`refuses ${JSON.stringify(payload)}, to read and to write`, () => {
      const text = JSON.stringify({ ...claims, ...payload })
      expect(refusalOf(() => verifyJwtSignature(signJws(text, key), key))).toBe('token_claim_invalid')
      expect(refusalOf(() => signJwt({ ...claims, ...payload } as unknown as typeof claims, key))).toBe(
        'token_claim_invalid',
      )
    })
  }

  test('refuses a date beyond all numbers', () => {
    expect(refusalOf(() => verifyJwtSignature(signJws('{"exp":1e999}', key), key))).toBe('token_claim_invalid')
    expect(refusalOf(() => signJwt({ exp: Infinity }, key))).toBe('token_claim_invalid')
  })

  for (const payload of [
    '',
    'null',
    '[]',
    '"{}"',
    '{"exp":1,"exp":2}',
    '{"__proto__":{}}',
    '\ufeff{}',
    '{"a":"\\ud800"}',
  ]) {
    test(`refuses a payload ${JSON.stringify(payload)}`, () => {
      expect(refusalOf(() => verifyJwtSignature(signJws(payload, key), key))).toBe('token_malformed')
    })
  }
})

test('the signature is judged before the claims', () => {
  const [header, , signature] = token.split('.')
  const forged = `${String(header)}.${Buffer.from('not even JSON').toString('base64url')}.${String(signature)}`
  expect(refusalOf(() => verifyJwt(forged, key, demands))).toBe('token_signature_invalid')
})

test('one key signs tokens of several types in turn', () => {
  for (const typ of ['a+jwt', 'b+jwt', 'b+jwt', 'a+jwt']) {
    expect(verifyJwt(signJwt(claims, key, { typ }), key, { now, typ }).header.typ).toBe(typ)
  }
})

test('decoding shows a token that nobody would believe', () => {
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"root"}').toString('base64url')}.`
  expect(decodeUnverified(none)).toEqual({ header: { alg: 'none' }, claims: { sub: 'root' } })
  expect(refusalOf(() => decodeUnverified(`${none}=`))).toBe('token_malformed')
  expect(refusalOf(() => decodeUnverified('x'.repeat(9000)))).toBe('token_too_large')
})

test('any claims set comes back as it was signed', () => {
  const custom = fc.dictionary(
    fc
      .string({ unit: 'grapheme' })
      .filter((name) => !['__proto__', 'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'].includes(name)),
    // A member `__proto__` is refused at any depth.
    fc
      .jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })
      .filter((value) => !JSON.stringify(value).includes('"__proto__"')),
  )
  fc.assert(
    fc.property(custom, (extra) => {
      const set = { ...extra, exp: now + 1 }
      const { claims: read } = verifyJwt(signJwt(set, key), key, { now, maxBytes: 100_000 })
      expect(read).toEqual(JSON.parse(JSON.stringify(set)))
    }),
  )
})

test('no payload makes it throw anything but a TokenError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (payload) => {
      refusalOf(() => verifyJwt(signJws(payload, key), key, { ...demands, maxBytes: 1_000_000 }))
      refusalOf(() => decodeUnverified(signJws(payload, key)))
    }),
  )
})
