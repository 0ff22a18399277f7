import { expect, test } from 'vitest'
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
  { name: 'a clock that is ahead', headers: dated(3600), ahead: 3600 },
  { name: 'a clock that is behind', headers: dated(-90), ahead: -90 },
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

test('a request is worth repeating where it would go by another nonce or another time', () => {
  const facts = { nonce: 'one', aheadSeconds: 0 }
  expect(isWiser(facts, { ...facts })).toBe(false)
  expect(isWiser(facts, { ...facts, aheadSeconds: 1 })).toBe(false)
  expect(isWiser(facts, { ...facts, aheadSeconds: 60 })).toBe(true)
  expect(isWiser(facts, { ...facts, nonce: 'two' })).toBe(true)
})
