import { afterEach, expect, test, vi } from 'vitest'
import { createGrowingDelay } from './growing-delay.ts'

afterEach(() => void vi.useRealTimers())

async function tryTimes(times: number, options: Partial<Parameters<typeof createGrowingDelay>[0]> = {}) {
  const delay = createGrowingDelay({ free: 5, ...options })
  for (let time = 0; time < times; time++) await delay.count('ann')
  return delay
}

for (const { attempts, seconds } of [
  { attempts: 0, seconds: 0 },
  { attempts: 4, seconds: 0 },
  { attempts: 5, seconds: 1 },
  { attempts: 6, seconds: 2 },
  { attempts: 7, seconds: 4 },
  { attempts: 14, seconds: 512 },
  { attempts: 15, seconds: 900 },
  { attempts: 2000, seconds: 900 },
]) {
  test(`after ${attempts} attempts a key waits ${seconds} s`, async () => {
    expect(await (await tryTimes(attempts)).wait('ann')).toBe(seconds)
  })
}

test('a key does not wait for the attempts of another', async () => {
  expect(await (await tryTimes(9)).wait('bob')).toBe(0)
})

test('an attempt taken back leaves neither its count nor its delay', async () => {
  const delay = await tryTimes(7)
  await delay.takeBack('ann')
  expect(await delay.wait('ann')).toBe(0)
  await delay.count('ann')
  expect(await delay.wait('ann')).toBe(4)
})

test('a cleared key starts anew', async () => {
  const delay = await tryTimes(9)
  await delay.clear('ann')
  expect(await delay.wait('ann')).toBe(0)
  await delay.count('ann')
  expect(await delay.wait('ann')).toBe(0)
})

test('a key that never rests is forgotten all the same', async () => {
  vi.useFakeTimers()
  const delay = await tryTimes(8, { forgetAfterSeconds: 60 })
  vi.advanceTimersByTime(50_000)
  await delay.count('ann')
  expect(await delay.wait('ann')).toBe(16)
  vi.advanceTimersByTime(16_000)
  await delay.count('ann')
  expect(await delay.wait('ann')).toBe(0)
})

test('when memory is full, the key that was counted longest ago is forgotten', async () => {
  const delay = await tryTimes(6, { maxKeys: 2 })
  await delay.count('bob')
  await delay.count('ann')
  await delay.count('eve')
  expect(await delay.wait('ann')).toBe(4)
  await delay.count('bob')
  expect(await delay.wait('ann')).toBe(0)
})
