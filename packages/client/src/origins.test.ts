import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { json, makeSession, setUp as setUpClient } from './client.fixture.ts'
import type { Sent } from './client.fixture.ts'
import { createOrigins, isWiser } from './origins.ts'

const noon = Date.parse('2027-01-15T08:00:00Z') / 1000
const api = new URL('https://api.example/orders')
const home = new URL('https://id.example/oauth/token')

const setUp = () => createOrigins('https://id.example', () => noon)
const dated = (seconds: number, more: Record<string, string> = {}) =>
  new Headers({ date: new Date((noon + seconds) * 1000).toUTCString(), ...more })

test('an origin is given the nonce that it gave last, and no other origin is', () => {
  const origins = setUp()
  origins.learn(api, new Headers({ 'dpop-nonce': 'one' }))
  origins.learn(api, new Headers({ 'dpop-nonce': 'two' }))
  origins.learn(api, new Headers())
  expect(origins.facts(new URL('https://api.example/other')).nonce).toBe('two')
  expect(origins.facts(home).nonce).toBeUndefined()
})

for (const { name, headers, ahead } of [
  { name: 'a clock that is right', headers: dated(0), ahead: 0 },
  { name: 'what is lost to whole seconds and the way', headers: dated(-2), ahead: 0 },
  { name: 'a clock that is ahead', headers: dated(300), ahead: 300 },
  { name: 'a clock that is further ahead than an API is believed', headers: dated(301), ahead: 0 },
  { name: 'a clock that is behind', headers: dated(-3600), ahead: -3600 },
  { name: 'an answer out of a cache', headers: dated(-90, { age: '90' }), ahead: 0 },
  { name: 'an answer without a date', headers: new Headers(), ahead: 0 },
  { name: 'a date that is none', headers: new Headers({ date: 'yesterday' }), ahead: 0 },
]) {
  test(`${name}: ${ahead} s`, () => {
    const origins = setUp()
    origins.learn(api, headers)
    expect(origins.facts(api).aheadSeconds).toBe(ahead)
  })
}

test("before an origin has answered, the issuer's clock counts; after, its own", () => {
  const origins = setUp()
  origins.learn(home, dated(3600))
  expect(origins.facts(api).aheadSeconds).toBe(3600)
  origins.learn(api, dated(0))
  expect(origins.facts(api).aheadSeconds).toBe(0)
  expect(origins.facts(home).aheadSeconds).toBe(3600)
})

test('an API is believed for five minutes beyond our clock or the issuer’s, whichever is later, the issuer without end', () => {
  const day = 86_400
  const origins = setUp()
  const tell = (url: URL, seconds: number): number => {
    origins.learn(url, dated(seconds))
    return origins.facts(api).aheadSeconds
  }
  expect(tell(api, 365 * day)).toBe(0)
  expect(tell(home, day)).toBe(day)
  expect(tell(api, day + 300)).toBe(day + 300)
  expect(tell(api, day + 301)).toBe(day)
  expect(tell(home, -day)).toBe(-day)
  expect(tell(api, 300)).toBe(300)
  expect(tell(api, 301)).toBe(-day)
})

test('what the issuer said counts before it has said anything in this process', () => {
  const origins = setUp()
  origins.recall(3600)
  expect(origins.facts(api).aheadSeconds).toBe(3600)
  origins.learn(api, dated(3900))
  expect(origins.facts(api).aheadSeconds).toBe(3900)
  origins.learn(home, dated(0))
  expect(origins.facts(home).aheadSeconds).toBe(0)
  expect(origins.facts(api).aheadSeconds).toBe(0)
  origins.recall(undefined)
  expect(origins.facts(home).aheadSeconds).toBe(0)
})

const proofTime = ({ headers }: Sent) => decodeJwt(headers.get('dpop') ?? '').iat

test('an API that says that it is next year gets no proof of next year, asked for or not', async () => {
  const { client, sent, addSession, state } = setUpClient({
    'GET /orders': () => {
      const date = new Date((state.now + 365 * 86_400) * 1000).toUTCString()
      return json({}, { status: 401, headers: { date, 'www-authenticate': 'DPoP error="invalid_dpop_proof"' } })
    },
  })
  await addSession()
  for (const _ of [1, 2]) expect((await client.fetch(api)).status).toBe(401)
  expect(sent.map(proofTime)).toEqual([state.now, state.now])
})

test('a token brings the time of its issuer along, for a process that starts by a wrong clock', async () => {
  const { client, sent, addSession, state } = setUpClient({ 'GET /orders': () => json({}) })
  const { accessToken } = await makeSession()
  await addSession({ accessToken: { ...accessToken, issuerAheadSeconds: 3600 } })
  await client.fetch(api)
  expect(sent.map(proofTime)).toEqual([state.now + 3600])
})

test('a request is worth repeating where it would go by another nonce or another time', () => {
  const facts = { nonce: 'one', aheadSeconds: 0 }
  expect(isWiser(facts, { ...facts })).toBe(false)
  expect(isWiser(facts, { ...facts, aheadSeconds: 1 })).toBe(false)
  expect(isWiser(facts, { ...facts, aheadSeconds: 60 })).toBe(true)
  expect(isWiser(facts, { ...facts, nonce: 'two' })).toBe(true)
})
