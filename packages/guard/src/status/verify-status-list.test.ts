import { isStatusRevoked, statusListSize } from '@countersign/protocol'
import { generateKey, signJws } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { noon } from '../guard.fixture.ts'
import { listKey, makeList, pack, strangeKey, tokenKey } from './status-server.fixture.ts'
import type { ListFacts } from './status-server.fixture.ts'
import { maxStatusListBytes, verifyStatusList } from './verify-status-list.ts'

const uri = 'https://id.example/oauth/status/0'
const verify = (text: string, now = noon) => verifyStatusList(text, [listKey], { uri, now, clockSkewSeconds: 5 })
const list = (facts: Partial<ListFacts> = {}): string => makeList({ uri, ...facts })
const bitsOf = (lst: unknown): Partial<ListFacts> => ({ claims: { status_list: { bits: 1, lst } } })

test('a list is what it says of each place', () => {
  const { bits, ...facts } = verify(list({ revoked: [3, 99_999] }))
  expect(facts).toEqual({ uri, issuedAt: noon, expiresAt: noon + 60, ttlSeconds: 2 })
  expect([2, 3, 99_998, 99_999].map((idx) => isStatusRevoked(bits, idx))).toEqual([false, true, false, true])
})

test('a list in which every second place is revoked, as large as one can get, is not too large', () => {
  const text = list({
    revoked: Array.from({ length: statusListSize }, (_, idx) => idx).filter(() => Math.random() < 0.5),
  })
  expect(text.length).toBeGreaterThan(25_000)
  expect(verify(text).bits).toHaveLength(statusListSize / 8)
})

const secret = await generateKey('HS256', { kid: 's' })
const [header = '', payload = '', signature = ''] = list().split('.')
const of = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

for (const { name, text, now = noon, code } of [
  { name: 'nothing', text: '', code: 'token_malformed' },
  { name: 'a page', text: '<!doctype html>', code: 'token_malformed' },
  { name: 'two parts', text: `${header}.${payload}`, code: 'token_malformed' },
  { name: 'more than a list can have', text: 'x'.repeat(maxStatusListBytes + 1), code: 'token_too_large' },
  {
    name: 'an unsigned list',
    text: `${of({ alg: 'none', typ: 'statuslist+jwt' })}.${payload}.`,
    code: 'token_algorithm_refused',
  },
  { name: 'a list signed by a secret', text: list({ key: secret }), code: 'token_algorithm_refused' },
  {
    name: 'an extension that must be understood',
    text: `${of({ alg: 'ES256', kid: 's', crit: ['x'], x: 1 })}.${payload}.${signature}`,
    code: 'token_header_refused',
  },
  { name: 'a list signed by the key of tokens', text: list({ key: tokenKey }), code: 'token_key_unknown' },
  { name: 'a list signed by somebody', text: list({ key: strangeKey }), code: 'token_key_unknown' },
  {
    name: 'a list signed by somebody in the key’s name',
    text: list({ key: { ...strangeKey, kid: 's' } }),
    code: 'token_signature_invalid',
  },
  {
    name: 'a list with the signature of another one',
    text: `${list({ revoked: [1] })
      .split('.', 2)
      .join('.')}.${signature}`,
    code: 'token_signature_invalid',
  },
  { name: 'a list that lost its end', text: list().slice(0, -2), code: 'token_signature_invalid' },
  {
    name: 'a payload that is no object',
    text: signJws('[]', listKey, { typ: 'statuslist+jwt' }),
    code: 'token_malformed',
  },
  { name: 'an access token', text: list({ typ: 'at+jwt' }), code: 'token_type_mismatch' },
  { name: 'a JWT of no type', text: list({ typ: 'JWT' }), code: 'token_type_mismatch' },
  { name: 'a list of other letter case', text: list({ typ: 'StatusList+JWT' }), code: 'token_type_mismatch' },
  { name: 'a list in CBOR’s name', text: list({ typ: 'statuslist+cwt' }), code: 'token_type_mismatch' },
  { name: 'a list of nobody', text: list({ claims: { sub: undefined } }), code: 'token_claim_missing' },
  {
    name: 'the issuer’s other list',
    text: list({ claims: { sub: 'https://id.example/oauth/status/1' } }),
    code: 'token_audience_mismatch',
  },
  {
    name: 'another issuer’s list',
    text: list({ claims: { sub: 'https://evil.example/oauth/status/0' } }),
    code: 'token_audience_mismatch',
  },
  { name: 'a list without a time of issue', text: list({ claims: { iat: undefined } }), code: 'token_claim_missing' },
  { name: 'a list from the future', text: list({ issuedAt: noon + 6 }), code: 'token_not_yet_valid' },
  { name: 'a list that never ends', text: list({ claims: { exp: undefined } }), code: 'token_claim_missing' },
  { name: 'a list whose end is a text', text: list({ claims: { exp: `${noon + 60}` } }), code: 'token_claim_invalid' },
  { name: 'a list that has ended', text: list(), now: noon + 65, code: 'token_expired' },
  { name: 'a list without a time to live', text: list({ claims: { ttl: undefined } }), code: 'token_claim_invalid' },
  { name: 'a list that lives for no time', text: list({ claims: { ttl: -2 } }), code: 'token_claim_invalid' },
  { name: 'no list', text: list({ claims: { status_list: undefined } }), code: 'token_claim_invalid' },
  { name: 'a list that is an array', text: list({ claims: { status_list: [1] } }), code: 'token_claim_invalid' },
  {
    name: 'two bits for each place',
    text: list({ claims: { status_list: { bits: 2, lst: pack(new Uint8Array(16_384)) } } }),
    code: 'token_claim_invalid',
  },
  { name: 'no bits', text: list(bitsOf(undefined)), code: 'token_claim_invalid' },
  { name: 'bits that are not in base64url', text: list(bitsOf('+/+/')), code: 'token_claim_invalid' },
  { name: 'bits with padding', text: list(bitsOf(`${pack(new Uint8Array(16_384))}=`)), code: 'token_claim_invalid' },
  { name: 'bits that are not compressed', text: list(bitsOf('AAAAAAAA')), code: 'token_claim_invalid' },
  {
    name: 'bits whose compression breaks off',
    text: list(bitsOf(pack(new Uint8Array(16_384)).slice(0, 16))),
    code: 'token_claim_invalid',
  },
  { name: 'a list that is too short', text: list(bitsOf(pack(new Uint8Array(16_383)))), code: 'token_claim_invalid' },
  { name: 'a list that is too long', text: list(bitsOf(pack(new Uint8Array(16_385)))), code: 'token_claim_invalid' },
  {
    name: 'a few bytes that would be 16 MiB',
    text: list(bitsOf(pack(new Uint8Array(16_777_216)))),
    code: 'token_claim_invalid',
  },
]) {
  test(`refuses ${name}: ${code}`, () => {
    expect(() => verify(text, now)).toThrow(expect.objectContaining({ name: 'TokenError', code }))
  })
}
