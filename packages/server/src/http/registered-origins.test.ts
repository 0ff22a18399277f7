import { expect, test } from 'vitest'
import type { Client } from '../store/records.ts'
import { registeredOrigins } from './registered-origins.ts'

const origin = 'https://app.example'

function setUp() {
  const state = { now: 1000, reads: 0, down: false, origins: [origin] }
  const list = async (): Promise<readonly Client[]> => {
    state.reads++
    if (state.down) throw new Error('the store is down')
    return [{ origins: state.origins } as unknown as Client]
  }
  return { state, isRegistered: registeredOrigins({ list }, () => state.now) }
}

test('many questions at once are one reading', async () => {
  const { state, isRegistered } = setUp()
  const answers = await Promise.all([isRegistered(origin), isRegistered('https://evil.example'), isRegistered(origin)])
  expect([answers, state.reads]).toEqual([[true, false, true], 1])
})

test('a change is seen within five seconds', async () => {
  const { state, isRegistered } = setUp()
  expect(await isRegistered(origin)).toBe(true)
  state.origins = []
  state.now += 4
  expect(await isRegistered(origin)).toBe(true)
  state.now += 1
  expect(await isRegistered(origin)).toBe(false)
})

test('a store that is down refuses, and is asked again at once', async () => {
  const { state, isRegistered } = setUp()
  state.down = true
  await expect(isRegistered(origin)).rejects.toThrow('the store is down')
  state.down = false
  expect(await isRegistered(origin)).toBe(true)
})
