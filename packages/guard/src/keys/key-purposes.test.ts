import { exportPrivateJwk, exportPublicJwk, generateKey } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { makeKey } from '../guard.fixture.ts'
import { parseKeysByPurpose } from './key-purposes.ts'

const [token, status, other] = await Promise.all(['t', 's', 'o'].map(makeKey))
const jwks = [
  exportPublicJwk(token!),
  { ...exportPublicJwk(status!), cs_use: 'status' },
  { ...exportPublicJwk(other!), cs_use: 'checkpoint' },
]
const kids = (set: unknown) => {
  const { token, status } = parseKeysByPurpose(set)
  return { token: token.map(({ kid }) => kid), status: status.map(({ kid }) => kid) }
}

test('each key has the purpose that it is published with, and a key for something else has none here', () => {
  for (const set of [{ keys: jwks }, JSON.stringify({ keys: jwks })]) {
    expect(kids(set)).toEqual({ token: ['t'], status: ['s'] })
  }
})

test('a secret or a private key signs no lists', async () => {
  const secret = { ...exportPrivateJwk(await generateKey('HS256', { kid: 'h' })), cs_use: 'status' }
  expect(kids({ keys: [secret] })).toEqual({ token: [], status: [] })
  expect(kids({ keys: [{ ...exportPrivateJwk(status!), cs_use: 'status' }] })).toEqual({ token: [], status: [] })
})

for (const { name, set } of [
  { name: 'two keys of one "kid", for two purposes', set: { keys: [jwks[0], { ...jwks[1], kid: 't' }] } },
  { name: 'no list of keys', set: {} },
  { name: 'a list with something else in it', set: { keys: ['key'] } },
]) {
  test(`a set with ${name} is none`, () => {
    for (const form of [set, JSON.stringify(set)]) {
      expect(() => parseKeysByPurpose(form)).toThrow(expect.objectContaining({ code: 'key_malformed' }))
    }
  })
}
