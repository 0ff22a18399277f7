import { expect, test } from 'vitest'
import { audience, bearing, makeKey, mintAccessToken, noon, setUpGuard } from './guard.fixture.ts'
import type { ClaimChanges } from './guard.fixture.ts'
import type { GuardEvent } from './events.ts'
import type { GuardOptions } from './guard.ts'
import { memoryReplayStore } from './replay/memory-replay-store.ts'

const [key, strange] = await Promise.all(['k1', 'k2'].map(makeKey))

function setUp(options: Partial<GuardOptions> = {}) {
  const events: GuardEvent[] = []
  const replay = memoryReplayStore({ clock: () => noon - 1000 })
  const { guard } = setUpGuard(key!, { onEvent: (event) => void events.push(event), replay, ...options })
  const call = (changes: ClaimChanges = {}, demands = {}) =>
    guard.authenticate(bearing(mintAccessToken(key!, changes)), demands)
  return { guard, call, events }
}

const whose = { tokenId: 'token-1', subject: 'user-1', clientId: 'client-1' }

test('a request that is let through makes no event', async () => {
  const { call, events } = setUp()
  await call()
  expect(events).toEqual([])
})

test('a token that comes twice is told as replayed, with whose it is', async () => {
  const { call, events } = setUp()
  await call({ single_use: true })
  await expect(call({ single_use: true })).rejects.toMatchObject({ code: 'token_replayed' })
  expect(events).toEqual([{ type: 'replayed', code: 'token_replayed', at: noon, audience, ...whose }])
})

test('a demand that is not met is told, with whose token it is', async () => {
  const { call, events } = setUp()
  await expect(call({}, { scope: 'admin' })).rejects.toMatchObject({ code: 'insufficient_scope' })
  expect(events).toEqual([{ type: 'refused', code: 'insufficient_scope', at: noon, audience, ...whose }])
})

test('of a token whose signature does not hold nothing is told: anybody could have written it', async () => {
  const { guard, events } = setUp()
  const token = mintAccessToken(key!)
  await expect(guard.authenticate(bearing(`${token.slice(0, -8)}AAAAAAAA`))).rejects.toThrow()
  await expect(guard.authenticate({ method: 'GET', url: '/', rawHeaders: [] })).rejects.toThrow()
  expect(events).toEqual([
    { type: 'refused', code: 'token_signature_invalid', at: noon, audience },
    { type: 'refused', code: 'missing_token', at: noon, audience },
  ])
})

test('an unknown key is told by its name, if that is short and plain', async () => {
  const { guard, events } = setUp()
  for (const kid of ['k2', 'k'.repeat(129), 'k\n2', '']) {
    const token = mintAccessToken({ ...strange!, kid })
    await expect(guard.authenticate(bearing(token))).rejects.toMatchObject({ code: 'token_key_unknown' })
  }
  const unknown = { type: 'key_unknown', code: 'token_key_unknown', at: noon, audience }
  expect(events).toEqual([{ ...unknown, keyId: 'k2' }, unknown, unknown, unknown])
})

test('an unknown key is told whatever comes after its name, which nobody signed', async () => {
  const { guard, events } = setUp()
  const [header = '', payload = '', signature = ''] = mintAccessToken(strange!).split('.')
  const encode = (text: string): string => Buffer.from(text).toString('base64url')
  const forged = ['not JSON', '[]', '{"exp":"x"}', '{"a":1,"a":2}'].map(
    (text) => `${header}.${encode(text)}.${signature}`,
  )
  for (const token of [...forged, `${header}.AB.${signature}`, `${header}.${payload}.A`]) {
    await expect(guard.authenticate(bearing(token))).rejects.toMatchObject({ code: 'token_key_unknown' })
    expect(events.splice(0)).toMatchObject([{ type: 'key_unknown', keyId: 'k2' }])
  }
})

test('no event holds a token', async () => {
  const { guard, events, call } = setUp()
  const token = mintAccessToken(strange!)
  await expect(guard.authenticate(bearing(token))).rejects.toThrow()
  await expect(call({ exp: noon - 100 })).rejects.toThrow()
  const told = JSON.stringify(events)
  for (const part of token.split('.')) expect(told).not.toContain(part)
})

test('whatever the hook does, the refusal is the same', async () => {
  const hooks: ((event: GuardEvent) => unknown)[] = [
    () => {
      throw new Error('the hook is broken')
    },
    () => Promise.reject(new Error('the hook is broken')),
    () => new Promise(() => undefined),
  ]
  for (const onEvent of hooks) {
    const { call } = setUp({ onEvent })
    await expect(call({}, { scope: 'admin' })).rejects.toMatchObject({ name: 'GuardError', code: 'insufficient_scope' })
  }
})
