import { expect, test } from 'vitest'

import { refusalOf } from '../refusal.fixture.ts'
import { exportPrivateJwk, exportPublicJwk } from './export-jwk.ts'
import { generateKey } from './generate-key.ts'
import { parseJwkSet } from './jwk-set.ts'

const ec = exportPublicJwk(await generateKey('ES256', { kid: 'a' }))
const okp = exportPublicJwk(await generateKey('Ed25519', { kid: 'b' }))
const secret = exportPrivateJwk(await generateKey('HS256', { kid: 'c' }))

test('the keys of a set are parsed, as object and as text', () => {
  for (const set of [{ keys: [ec, okp] }, JSON.stringify({ keys: [ec, okp] })]) {
    expect(parseJwkSet(set).map(({ kid, alg }) => [kid, alg])).toEqual([
      ['a', 'ES256'],
      ['b', 'Ed25519'],
    ])
  }
  expect(parseJwkSet({ keys: [] })).toEqual([])
})

test('keys that are not for us are left out (RFC 7517 §5)', () => {
  const { alg, ...nameless } = okp
  const others = [
    { kty: 'AKP', alg: 'ML-DSA-44', kid: 'a' },
    { ...ec, alg: 'ES256K', crv: 'secp256k1' },
    { ...ec, use: 'enc' },
    { ...ec, key_ops: ['encrypt'] },
    { ...ec, x: undefined },
    { kty: 'RSA', alg: 'RS256', n: 'wQ', e: 'AQAB' },
    nameless,
  ]
  expect(alg).toBe('Ed25519')
  expect(parseJwkSet({ keys: [...others, ec] }).map(({ kid }) => kid)).toEqual(['a'])
})

for (const { name, set } of [
  { name: 'nothing', set: undefined },
  { name: 'a set without keys', set: {} },
  { name: 'keys that are no array', set: { keys: { 0: ec } } },
  { name: 'a key that is no object', set: { keys: [ec, null] } },
  { name: 'broken JSON', set: '{"keys":[]' },
  { name: 'keys given twice', set: '{"keys":[],"keys":[]}' },
  { name: 'two keys of one kid', set: { keys: [ec, { ...okp, kid: 'a' }] } },
  { name: 'secrets beside public keys', set: { keys: [ec, secret] } },
]) {
  test(`refuses ${name}`, () => {
    expect(refusalOf(() => parseJwkSet(set))).toBe('key_malformed')
  })
}
