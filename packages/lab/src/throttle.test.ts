import { expect, test } from 'vitest'

import { createThrottle } from './throttle.ts'

function setUp() {
  let now = 1000
  let looks = 0
  const throttle = createThrottle({ now: () => now })
  return {
    wait: (seconds: number) => (now += seconds),
    looks: () => looks,
    guess: (isRight: boolean, name = 'alice', address = '192.0.2.1') =>
      throttle.guess(name, address, async () => {
        looks += 1
        await Promise.resolve()
        return isRight
      }),
  }
}

test('after five failures in a minute, even the right password is refused without looking', async () => {
  const { guess, looks, wait } = setUp()
  for (let failure = 0; failure < 5; failure++) expect(await guess(false)).toEqual({ status: 'wrong' })
  expect(await guess(true)).toEqual({ status: 'throttled', retryAfterSeconds: 60 })
  wait(59.5)
  expect(await guess(true)).toEqual({ status: 'throttled', retryAfterSeconds: 1 })
  expect(looks()).toBe(5)
  wait(0.5)
  expect(await guess(true)).toEqual({ status: 'right' })
})

test('the minute runs from each failure', async () => {
  const { guess, wait } = setUp()
  for (let failure = 0; failure < 5; failure++) {
    await guess(false)
    wait(10)
  }
  expect(await guess(false)).toEqual({ status: 'throttled', retryAfterSeconds: 10 })
  wait(10)
  expect(await guess(false)).toEqual({ status: 'wrong' })
  expect(await guess(false)).toEqual({ status: 'throttled', retryAfterSeconds: 10 })
})

test('counts a name at an address apart from other names and other addresses', async () => {
  const { guess } = setUp()
  for (let failure = 0; failure < 5; failure++) await guess(false)
  expect(await guess(true, 'bob')).toEqual({ status: 'right' })
  expect(await guess(true, 'alice', '192.0.2.2')).toEqual({ status: 'right' })
})

test('of a hundred wrong guesses at once five are looked at', async () => {
  const { guess, looks } = setUp()
  const verdicts = await Promise.all(Array.from({ length: 100 }, () => guess(false)))
  expect(looks()).toBe(5)
  expect(verdicts.filter(({ status }) => status === 'throttled')).toHaveLength(95)
})

test('a hundred right ones at once are all right, and a failure of the check itself counts for nothing', async () => {
  const { guess } = setUp()
  const verdicts = await Promise.all(Array.from({ length: 100 }, () => guess(true)))
  expect(verdicts.every(({ status }) => status === 'right')).toBe(true)
  const throttle = createThrottle()
  for (let time = 0; time < 6; time++) {
    await expect(throttle.guess('a', '', () => Promise.reject(new Error('out of order')))).rejects.toThrow('out of')
  }
})

test('what it remembers is bounded', async () => {
  const { guess } = setUp()
  for (let failure = 0; failure < 5; failure++) await guess(false)
  for (let name = 0; name < 10_000; name++) await guess(false, `nobody ${name}`)
  expect(await guess(true)).toEqual({ status: 'right' })
})
