import { expect, test } from 'vitest'
import { openStore } from '../store/open-store.ts'
import { makeEvent } from './audit.ts'
import { deleteOldAudit } from './retention.ts'
import type { Retention } from './retention.ts'

const day = 86_400
const start = 1_800_000_000 - (1_800_000_000 % 60)
const retention: Retention = { auditRetentionDays: 400, refusalCountRetentionDays: 30 }
const going = new AbortController().signal
let clock = start

async function setUp() {
  const store = await openStore({ memory: true })
  // Ids only ever grow in a process: what a test makes is younger than what the test before made.
  clock += 1000 * day
  const begin = clock
  const happen = async (type: string, at: number): Promise<void> => {
    await store.audit.appendAll([makeEvent(() => at, { type, actor: 'system' })])
    clock = at
  }
  return {
    store,
    begin,
    happen,
    types: async () => (await store.audit.list({ limit: 10_000 })).map(({ type }) => type),
    reasons: async () => (await store.audit.listRefusals(0)).map(({ reason }) => reason),
  }
}

test('events go the second after they were kept for the days of the setting, no earlier', async () => {
  const { store, begin, happen, types } = await setUp()
  await happen('test.first', begin)
  await happen('test.second', begin + 1)
  await happen('test.today', begin + 400 * day)
  expect(await deleteOldAudit(store.audit, retention, begin + 400 * day, going)).toEqual({ events: 0, counts: 0 })
  expect(await deleteOldAudit(store.audit, retention, begin + 400 * day + 1, going)).toEqual({ events: 1, counts: 0 })
  expect(await types()).toEqual(['test.second', 'test.today'])
  await store.close()
})

test('an event is as old as its id says, whatever else it tells of', async () => {
  const { store, begin, types } = await setUp()
  clock = begin + 400 * day
  const told = makeEvent(() => clock, { type: 'guard.replayed', actor: 'client:c1', detail: { refused_at: 1 } })
  await store.audit.appendAll([{ ...told, at: 1 }])
  await deleteOldAudit(store.audit, retention, clock, going)
  expect(await types()).toEqual(['guard.replayed'])
  await store.close()
})

test('counts of refusals go by their minute', async () => {
  const { store, begin, reasons } = await setUp()
  const minute = begin - (begin % 60)
  await store.audit.countRefusals([
    { minute, reason: 'a', count: 1 },
    { minute, reason: 'b', count: 2 },
    { minute: minute + 60, reason: 'c', count: 3 },
  ])
  expect(await deleteOldAudit(store.audit, retention, minute + 30 * day, going)).toEqual({ events: 0, counts: 0 })
  expect(await deleteOldAudit(store.audit, retention, minute + 30 * day + 1, going)).toEqual({ events: 0, counts: 2 })
  expect(await reasons()).toEqual(['c'])
  await store.close()
})

test('of many, all that are old go, in portions; where it is told to stop, the rest stays for another time', async () => {
  const { store, begin, happen, types } = await setUp()
  const old = Array.from({ length: 1100 }, () => makeEvent(() => begin, { type: 'test.old', actor: 'system' }))
  await store.audit.appendAll(old)
  await happen('test.new', begin + day)
  const minutes = Array.from({ length: 1100 }, (_, index) => ({ minute: begin - 60 * index, reason: 'a', count: 1 }))
  await store.audit.countRefusals(minutes)
  const later = begin + 400 * day + 1

  const stop = new AbortController()
  const stopping = {
    ...store.audit,
    deleteEventsBefore: async (id: string) => {
      stop.abort()
      return store.audit.deleteEventsBefore(id)
    },
  }
  const first = await deleteOldAudit(stopping, retention, later, stop.signal)
  expect(first.events).toBeGreaterThan(0)
  expect(first.events).toBeLessThan(1100)
  expect(first.counts).toBe(0)
  const rest = await deleteOldAudit(store.audit, retention, later, going)
  expect(rest).toEqual({ events: 1100 - first.events, counts: 1100 })
  expect(await types()).toEqual(['test.new'])
  await store.close()
})

test('what is kept forever stays', async () => {
  const { store, begin, happen, types, reasons } = await setUp()
  await happen('test.old', begin)
  await store.audit.countRefusals([{ minute: begin - (begin % 60), reason: 'a', count: 1 }])
  const forever: Retention = { auditRetentionDays: 'forever', refusalCountRetentionDays: 'forever' }
  expect(await deleteOldAudit(store.audit, forever, begin + 100_000 * day, going)).toEqual({ events: 0, counts: 0 })
  expect([await types(), await reasons()]).toEqual([['test.old'], ['a']])
  await store.close()
})
