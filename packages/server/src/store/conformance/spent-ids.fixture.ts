import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../records.ts'
import { name, now } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function spentIdConformance(storeName: string, makeStore: MakeStore): void {
  describe(`spent ids in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    const spend = (id: string, expiresAt = now + 60) => store.spentIds.spend({ id, expiresAt })

    test('of 50 that spend one id at once, one does, whatever end comes with it', async () => {
      const id = name('proof')
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, hand) => spend(id, now + 60 + hand)))
      expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(49)
      expect(await spend(name('proof'))).toBe('spent')
    })

    test('an id stays spent to its end, and is forgotten then', async () => {
      const id = name('proof')
      await spend(id, now + 60)
      await store.deleteExpired(now + 59)
      expect(await spend(id)).toBe('replayed')
      await store.deleteExpired(now + 60)
      expect(await spend(id)).toBe('spent')
    })

    test('what has ended is forgotten, however much it is', async () => {
      const at = now + 100_000
      await store.deleteExpired(at)
      await Promise.all(Array.from({ length: 1201 }, () => spend(name('proof'), at + 1)))
      await spend(name('proof'), at + 2)
      expect(await store.deleteExpired(at + 1)).toBe(1201)
      expect(await store.deleteExpired(at + 1)).toBe(0)
    })
  })
}
