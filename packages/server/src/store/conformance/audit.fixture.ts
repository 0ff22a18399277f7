import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../records.ts'
import { event, now } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function auditStoreConformance(storeName: string, makeStore: MakeStore): void {
  describe(`audit trail in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    test('events are listed as appended, oldest first, in pages or the newest alone', async () => {
      const detail = { text: 'ü"\u0000', count: 2, yes: true, list: ['a', 'b'] }
      const whose = { userId: 'u', clientId: 'c', grantId: 'g', address: '::1' }
      const events = [event({ detail }), event(whose), event(), event(), event()]
      for (const one of events) await store.audit.appendAll([one])
      expect(await store.audit.list({ limit: 100 })).toEqual(events)
      expect(await store.audit.list({ limit: 2 })).toEqual(events.slice(0, 2))
      expect(await store.audit.list({ after: events[1]!.id, limit: 2 })).toEqual(events.slice(2, 4))
      expect(await store.audit.list({ limit: 2, newest: true })).toEqual(events.slice(3))
    })

    test('an event cannot be written a second time', async () => {
      const once = event()
      await store.audit.appendAll([once])
      await expect(store.audit.appendAll([once])).rejects.toMatchObject({ code: 'store_constraint' })
    })

    test('several events are written together, or none of them', async () => {
      const [first, second, third] = [event(), event(), event()]
      await store.audit.appendAll([])
      await store.audit.appendAll([first, second])
      expect(await store.audit.list({ limit: 2, newest: true })).toEqual([first, second])
      await expect(store.audit.appendAll([third, first])).rejects.toMatchObject({ code: 'store_constraint' })
      expect(await store.audit.list({ limit: 2, newest: true })).toEqual([first, second])
    })

    test('the oldest events are deleted, as many at a time as hold up nobody', async () => {
      const old = Array.from({ length: 1200 }, () => event())
      const kept = [event(), event()]
      await store.audit.appendAll([...old, ...kept])
      const portions = []
      for (let deleted = -1; deleted !== 0; portions.push(deleted)) {
        deleted = await store.audit.deleteEventsBefore(kept[0]!.id)
      }
      expect(Math.max(...portions)).toBeLessThanOrEqual(500)
      expect(await store.audit.list({ limit: 1000 })).toEqual(kept)
    })

    test('refusals add up by minute and reason', async () => {
      const count = (minute: number, reason: string, count: number) => ({ minute, reason, count })
      await store.audit.countRefusals([])
      await store.audit.countRefusals([count(now, 'a', 2), count(now, 'b', 1)])
      await store.audit.countRefusals([count(now, 'a', 3), count(now + 60, 'a', 1)])
      expect(await store.audit.listRefusals(now)).toEqual([
        count(now, 'a', 5),
        count(now, 'b', 1),
        count(now + 60, 'a', 1),
      ])
      expect(await store.audit.listRefusals(now + 1)).toEqual([count(now + 60, 'a', 1)])
      expect(await store.audit.deleteRefusalsBefore(now)).toBe(0)
      expect(await store.audit.deleteRefusalsBefore(now + 60)).toBe(2)
      expect(await store.audit.deleteRefusalsBefore(now + 60)).toBe(0)
      expect(await store.audit.listRefusals(0)).toEqual([count(now + 60, 'a', 1)])
    })
  })
}
