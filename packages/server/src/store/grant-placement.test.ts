import { statusListSize } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { grantPlacement } from './grant-placement.ts'

/** A placement that finds some places taken, and between how many lists it chose. */
function setUp(isTaken: (tries: number) => boolean) {
  const lists: number[] = []
  const place = grantPlacement((below) => {
    lists.push(below / statusListSize)
    return below - 1
  })
  let tries = 0
  const issue = async (statusIndex: number) => (isTaken(++tries) ? 'status_index_taken' : statusIndex)
  return { place: () => place(issue), lists }
}

test('a grant gets a place of the first list', async () => {
  const { place, lists } = setUp(() => false)
  expect(await place()).toBe(statusListSize - 1)
  expect(lists).toEqual([1])
})

test('each place that is taken doubles the lists to choose from', async () => {
  const { place, lists } = setUp((tries) => tries < 5)
  expect(await place()).toBe(16 * statusListSize - 1)
  expect(lists).toEqual([1, 2, 4, 8, 16])
})

test('how many lists there are is remembered, and forgotten again where it was chance', async () => {
  const { place, lists } = setUp((tries) => tries < 4)
  for (let grant = 0; grant < 4; grant++) await place()
  expect(lists).toEqual([1, 2, 4, 8, 4, 2, 1])
})

test('there is an end to the lists', async () => {
  const { place, lists } = setUp((tries) => tries < 20)
  await place()
  expect(lists.at(-1)).toBe(2 ** 13)
})

test('what the store answers else is answered, and what it throws is thrown', async () => {
  const place = grantPlacement()
  expect(await place(async () => 'refused')).toBe('refused')
  await expect(place(async () => Promise.reject(new Error('down')))).rejects.toThrow('down')
})

test('places are random', async () => {
  const place = grantPlacement()
  const places = await Promise.all(Array.from({ length: 100 }, () => place(async (statusIndex) => statusIndex)))
  expect(new Set(places).size).toBeGreaterThan(95)
  for (const statusIndex of places) expect(statusIndex).toBeLessThan(statusListSize)
})
