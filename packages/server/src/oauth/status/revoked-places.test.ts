import { isStatusRevoked, statusListSize } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { revokedPlaces } from './revoked-places.ts'

/** A store in which grants are revoked by whoever likes, and what was read of it. */
function setUp() {
  const time = { now: 1_800_000_000 }
  const revoked: { readonly index: number | null; readonly at: number }[] = []
  const state = { highestIndex: -1, down: false }
  const counts: number[] = []
  const lists: number[] = []
  const since = (at: number) => revoked.filter((one) => one.at >= at)
  const places = revokedPlaces({
    clock: () => Math.floor(time.now),
    monotonic: () => time.now,
    grants: {
      async countRevoked(at) {
        if (state.down) throw new Error('down')
        counts.push(at)
        return { count: since(at).length, highestIndex: state.highestIndex }
      },
      async listRevokedIndexes(at) {
        lists.push(at)
        return since(at).flatMap(({ index }) => index ?? [])
      },
    },
  })
  const isRevoked = (index: number) =>
    isStatusRevoked(places.bits(Math.floor(index / statusListSize)), index % statusListSize)
  return { places, time, revoked, state, counts, lists, isRevoked }
}

test('what was revoked before, and what is revoked later, is found; what is not revoked is not', async () => {
  const { places, time, revoked, isRevoked } = setUp()
  revoked.push({ index: 5, at: time.now - 3000 })
  await places.catchUp()
  expect([4, 5].map(isRevoked)).toEqual([false, true])
  time.now += 1
  revoked.push({ index: statusListSize + 5, at: time.now })
  await places.catchUp()
  expect([4, 5, statusListSize + 5].map(isRevoked)).toEqual([false, true, true])
})

test('while nothing is revoked a count is all that is read, and not more than five times a second', async () => {
  const { places, time, counts, lists } = setUp()
  await places.catchUp()
  expect([counts.length, lists.length]).toEqual([1, 1])
  for (let step = 0; step < 100; step++) {
    time.now += 0.0999
    await places.catchUp()
  }
  expect(lists.length).toBe(1)
  expect(counts.length).toBeLessThanOrEqual(51)
  expect(counts.length).toBeGreaterThan(30)
})

test('of many that ask at once one reads', async () => {
  const { places, counts } = setUp()
  await Promise.all(Array.from({ length: 50 }, () => places.catchUp()))
  expect(counts.length).toBe(1)
})

test('a version is another one where a list has changed, and the same where it has not', async () => {
  const { places, time, revoked } = setUp()
  await places.catchUp()
  const before = [places.version(0), places.version(1)]
  time.now += 1
  revoked.push({ index: 1, at: time.now })
  await places.catchUp()
  expect(places.version(0)).not.toBe(before[0])
  expect(places.version(1)).toBe(before[1])
})

test('a revocation of a process whose clock is two minutes behind is found', async () => {
  const { places, time, revoked, isRevoked } = setUp()
  await places.catchUp()
  time.now += 1
  revoked.push({ index: 3, at: time.now - 120 })
  await places.catchUp()
  expect(isRevoked(3)).toBe(true)
})

test('a revocation between the count and the list is in the list', async () => {
  const { places, time, revoked, isRevoked, counts } = setUp()
  await places.catchUp()
  time.now += 1
  revoked.push({ index: 1, at: time.now })
  const { push } = counts
  counts.push = (at) => {
    revoked.push({ index: 2, at: time.now })
    counts.push = push
    return push.call(counts, at)
  }
  await places.catchUp()
  time.now += 1
  await places.catchUp()
  expect([1, 2].map(isRevoked)).toEqual([true, true])
})

test('what has ended is forgotten, no sooner than its tokens are dead and no later than its place is free again', async () => {
  const { places, time, revoked, isRevoked } = setUp()
  const revokedAt = time.now
  revoked.push({ index: 9, at: revokedAt })
  await places.catchUp()
  for (; time.now < revokedAt + 3600 + 120; time.now += 60) {
    await places.catchUp()
    expect(isRevoked(9)).toBe(true)
  }
  for (; time.now < revokedAt + 7200; time.now += 60) await places.catchUp()
  expect(isRevoked(9)).toBe(false)
})

test('there is one list to begin with, and always some more than there are grants for', async () => {
  const { places, time, state } = setUp()
  for (const { highestIndex, lists } of [
    { highestIndex: -1, lists: 2 },
    { highestIndex: 0, lists: 2 },
    { highestIndex: statusListSize - 1, lists: 2 },
    { highestIndex: statusListSize, lists: 4 },
    { highestIndex: 7 * statusListSize, lists: 16 },
  ]) {
    state.highestIndex = highestIndex
    time.now += 1
    await places.catchUp()
    expect(places.lists).toBe(lists)
  }
})

test('a store that is down is no store in which nothing is revoked', async () => {
  const { places, time, state } = setUp()
  state.down = true
  await expect(places.catchUp()).rejects.toThrow('down')
  state.down = false
  await places.catchUp()
  state.down = true
  time.now += 1
  await expect(places.catchUp()).rejects.toThrow('down')
})
