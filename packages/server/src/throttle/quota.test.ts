import { afterEach, expect, test, vi } from 'vitest'
import { createQuota } from './quota.ts'

afterEach(() => void vi.useRealTimers())

test('each key has its amount in each while, and is told when there is some again', async () => {
  vi.useFakeTimers()
  const take = createQuota({ amount: 10, perSeconds: 60 })
  expect([await take('a', 4), await take('a', 6), await take('b', 10)]).toEqual([0, 0, 0])
  vi.advanceTimersByTime(20_000)
  expect([await take('a', 1), await take('b', 1)]).toEqual([40, 40])
  vi.advanceTimersByTime(40_000)
  expect(await take('a', 10)).toBe(0)
})

test('more at once than there ever is, is refused', async () => {
  const take = createQuota({ amount: 10, perSeconds: 60 })
  expect(await take('a', 11)).toBe(60)
})
