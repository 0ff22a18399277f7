import { expect, test } from 'vitest'
import type { RefusalCount } from '../store/records.ts'
import { createRefusalCounter } from './refusals.ts'

function setUp() {
  const written: RefusalCount[] = []
  const errors: unknown[] = []
  const state = { now: 1_800_000_030, down: false }
  const counter = createRefusalCounter({
    audit: {
      countRefusals: (counts) => {
        if (state.down) return Promise.reject(new Error('down'))
        written.push(...counts)
        return Promise.resolve()
      },
    },
    clock: () => state.now,
    onError: (error) => errors.push(error),
    flushEveryMs: 5,
  })
  return { counter, written, errors, state }
}

test('refusals are counted per minute and reason, and written at close', async () => {
  const { counter, written, state } = setUp()
  counter.count('invalid_grant')
  counter.count('invalid_grant')
  counter.count('slow_down')
  state.now += 60
  counter.count('invalid_grant')
  await counter.close()
  expect(written).toEqual([
    { minute: 1_800_000_000, reason: 'invalid_grant', count: 2 },
    { minute: 1_800_000_000, reason: 'slow_down', count: 1 },
    { minute: 1_800_000_060, reason: 'invalid_grant', count: 1 },
  ])
})

test('a flood of reasons takes a bounded place and no refusal goes uncounted', async () => {
  const { counter, written } = setUp()
  for (let i = 0; i < 1000; i++) counter.count(`reason ${String(i)}`)
  await counter.close()
  expect(written.length).toBeLessThanOrEqual(201)
  expect(written.reduce((sum, { count }) => sum + count, 0)).toBe(1000)
})

test('what could not be written is written when the store is back', async () => {
  const { counter, written, errors, state } = setUp()
  state.down = true
  counter.count('invalid_grant')
  await expect.poll(() => errors.length).toBeGreaterThan(0)
  state.down = false
  counter.count('invalid_grant')
  await expect.poll(() => written.reduce((sum, { count }) => sum + count, 0)).toBe(2)
  await counter.close()
})
