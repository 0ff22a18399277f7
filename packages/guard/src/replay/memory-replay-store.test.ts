import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryReplayStore } from './memory-replay-store.ts'
import { spendId } from './spend-id.ts'

function setUp({ maxEntries = 1000, now = 1000 } = {}) {
  const clock = { now }
  const store = memoryReplayStore({ maxEntries, clock: () => clock.now })
  return { clock, store, spend: (name: string, until: number) => store.spend(spendId('at', name), until) }
}

test('of any number of calls for one id, the first one spends it', () => {
  const { spend } = setUp()
  expect(spend('a', 1300)).toBe('spent')
  expect([spend('a', 1300), spend('a', 1300), spend('b', 1300)]).toEqual(['replayed', 'replayed', 'spent'])
})

test('an id stays spent to the last moment before "until", fractions included', () => {
  const { clock, spend } = setUp()
  expect(spend('a', 1300.25)).toBe('spent')
  clock.now = 1300.249
  expect(spend('a', 1400)).toBe('replayed')
})

test('an id is the same whatever "until" comes with it', () => {
  const { spend } = setUp()
  expect([spend('a', 1300), spend('a', 1900)]).toEqual(['spent', 'replayed'])
})

test('text and bytes are both ids', () => {
  const { store } = setUp()
  expect([store.spend('abc', 1300), store.spend('abc', 1300)]).toEqual(['spent', 'replayed'])
  const bytes = new Uint8Array([0, 255, 128, 7]).subarray(1)
  expect([store.spend(bytes, 1300), store.spend(bytes.slice(), 1300)]).toEqual(['spent', 'replayed'])
})

test('what it would forget at once it does not spend', () => {
  const { spend } = setUp()
  expect([spend('a', 1000), spend('b', 999), spend('c', -1)]).toEqual(['replayed', 'replayed', 'replayed'])
})

test('a broken clock spends nothing', () => {
  const { clock, spend } = setUp()
  clock.now = Number.NaN
  expect(spend('a', 1300)).toBe('replayed')
})

test('a time that it could not keep is the caller’s mistake', () => {
  const { spend } = setUp()
  for (const until of [Number.NaN, Infinity, 2 ** 32]) expect(() => spend('a', until)).toThrow(TypeError)
})

test('it says when it was born', () => {
  expect(setUp({ now: 1234.5 }).store.bornAt).toBe(1234.5)
})

describe('when it is full', () => {
  const full = expect.objectContaining({ name: 'GuardError', code: 'replay_store_full', status: 503 })

  test('it refuses what is new, and still knows what it holds', () => {
    const { spend } = setUp({ maxEntries: 50 })
    for (let index = 0; index < 50; index++) expect(spend(`${index}`, 1300)).toBe('spent')
    expect(() => spend('one more', 1300)).toThrow(full)
    expect(spend('7', 1300)).toBe('replayed')
  })

  test('it has room for as many as have died, at once', () => {
    const { clock, spend } = setUp({ maxEntries: 50 })
    for (let index = 0; index < 50; index++) spend(`${index}`, index < 20 ? 1100 : 1300)
    clock.now = 1100
    for (let index = 0; index < 20; index++) expect(spend(`new ${index}`, 1300)).toBe('spent')
    expect(() => spend('one more', 1300)).toThrow(full)
  })
})

test('a clock that goes back does not bring back what was forgotten', () => {
  const { clock, spend } = setUp({ maxEntries: 1 })
  spend('a', 1300)
  clock.now = 5000
  expect(spend('b', 5300)).toBe('spent')
  clock.now = 1000
  const reset = expect.objectContaining({ name: 'GuardError', code: 'replay_store_reset' })
  expect(() => spend('a', 1300)).toThrow(reset)
})

test('it answers as a plain map would, through growth, death and fullness', () => {
  const step = fc.oneof(
    { weight: 9, arbitrary: fc.record({ id: fc.nat(60), lifetime: fc.integer({ min: -2, max: 90 }) }) },
    { weight: 1, arbitrary: fc.record({ wait: fc.nat(40) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (steps, maxEntries) => {
      const { clock, spend } = setUp({ maxEntries })
      const model = new Map<number, number>()
      const spendInModel = (id: number, until: number): string => {
        for (const [held, heldUntil] of model) if (heldUntil <= clock.now) model.delete(held)
        if (until <= clock.now || model.has(id)) return 'replayed'
        if (model.size >= maxEntries) return 'replay_store_full'
        model.set(id, until)
        return 'spent'
      }
      for (const it of steps) {
        if ('wait' in it) {
          clock.now += it.wait
          continue
        }
        const until = clock.now + it.lifetime
        expect(attempt(() => spend(`${it.id}`, until))).toBe(spendInModel(it.id, until))
      }
    }),
  )
})

test('300,000 ids take at most 32 bytes each, all are known, and their memory comes back', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const held = (): number => {
    // Once to find what is dead, once more to have it freed.
    collectGarbage()
    collectGarbage()
    return process.memoryUsage().arrayBuffers
  }
  const count = 300_000
  const { clock, spend } = setUp({ maxEntries: 2 * count })
  const before = held()
  for (let index = 0; index < count; index++) spend(`${index}`, 1300)
  expect((held() - before) / count).toBeLessThanOrEqual(32)
  for (let index = 0; index < count; index += 100) expect(spend(`${index}`, 1300)).toBe('replayed')
  clock.now = 1400
  for (let index = 0; index < 2000; index++) spend(`new ${index}`, 1500)
  expect((held() - before) / count).toBeLessThanOrEqual(1)
})

function attempt(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return (error as { code?: string }).code
  }
}
