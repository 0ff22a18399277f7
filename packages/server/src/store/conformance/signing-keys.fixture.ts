import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../records.ts'
import { event, isTold, name, now, signingKey } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function signingKeyStoreConformance(storeName: string, makeStore: MakeStore): void {
  describe(`signing keys in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    test('keys are listed by ring, as inserted', async () => {
      const first = signingKey()
      const second = signingKey({ ring: first.ring, generation: 2, activeAt: now + 60 })
      const rsa = signingKey({ ring: first.ring, alg: 'RS256' })
      for (const key of [second, rsa, first]) expect(await store.signingKeys.insert(key, [], event())).toBe('inserted')
      expect(await store.signingKeys.list(first.ring)).toEqual([first, second, rsa])
      expect(await store.signingKeys.list(name('ring'))).toEqual([])
    })

    test('of 20 that make the next generation at once, one wins and only its changes and event stay', async () => {
      const first = signingKey()
      await store.signingKeys.insert(first, [], event())
      const rivals = Array.from({ length: 20 }, (_, index) => ({
        key: signingKey({ ring: first.ring, generation: 2 }),
        changes: [{ ...first, retiredAt: now + index, goneAt: now + 100 + index }],
        told: event(),
      }))
      const answers = await Promise.all(
        rivals.map(({ key, changes, told }) => store.signingKeys.insert(key, changes, told)),
      )
      expect(answers.filter((answer) => answer === 'inserted')).toHaveLength(1)
      const winner = rivals[answers.indexOf('inserted')]!
      expect(await store.signingKeys.list(first.ring)).toEqual([winner.changes[0], winner.key])
      for (const rival of rivals) expect(await isTold(store, rival.told)).toBe(rival === winner)
    })

    test('a key is revoked once, and no later change brings it back', async () => {
      const first = signingKey()
      await store.signingKeys.insert(first, [], event())
      const [told, untold] = [event(), event()]
      expect(await store.signingKeys.revoke(first.kid, now + 5, told)).toBe(true)
      expect(await store.signingKeys.revoke(first.kid, now + 6, untold)).toBe(false)
      expect(await store.signingKeys.revoke(name('kid'), now, event())).toBe(false)
      expect([await isTold(store, told), await isTold(store, untold)]).toEqual([true, false])

      await store.signingKeys.insert(
        signingKey({ ring: first.ring, generation: 2 }),
        [{ ...first, retiredAt: now }],
        event(),
      )
      const [revoked] = await store.signingKeys.list(first.ring)
      expect(revoked).toEqual({ ...first, retiredAt: now, revokedAt: now + 5 })
    })

    test('a key can be revoked and replaced in one batch', async () => {
      const first = signingKey()
      await store.signingKeys.insert(first, [], event())
      const second = signingKey({ ring: first.ring, generation: 2 })
      await store.signingKeys.insert(second, [{ ...first, revokedAt: now + 5 }], event())
      expect(await store.signingKeys.list(first.ring)).toEqual([{ ...first, revokedAt: now + 5 }, second])
      expect(await store.signingKeys.revoke(first.kid, now + 6, event())).toBe(false)
    })
  })
}
