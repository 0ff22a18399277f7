import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant, Store } from '../records.ts'
import { code, event, isTold, now, refreshToken, refreshTokenUse, signedUp, tally } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function statusIndexConformance(storeName: string, makeStore: MakeStore): void {
  describe(`places in the status lists in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    let lastIndex = 0
    const placed = (grant: Grant): Grant => ({ ...grant, statusIndex: ++lastIndex })
    const issue = (grant: Grant) => store.grants.issueCode(grant, code(grant), event())

    /** A grant with a place, its code, and whoever it belongs to. */
    const issued = async () => {
      const people = await signedUp(store)
      const grant = placed(people.newGrant())
      const itsCode = code(grant)
      expect(await store.grants.issueCode(grant, itsCode, event())).toBe('issued')
      return { ...people, grant, code: itsCode, place: lastIndex }
    }

    test('a place is one grant’s: with a place that is taken nothing is inserted, nor told', async () => {
      const { newGrant, place, app } = await issued()
      const told = event()
      const another = { ...newGrant(), statusIndex: place }
      expect(await store.grants.issueCode(another, code(another), told)).toBe('status_index_taken')
      const own = { ...another, userId: null, clientId: app.id }
      expect(await store.grants.issueClientGrant(own, told)).toBe('status_index_taken')
      expect(await store.grants.find(another.id)).toBeUndefined()
      expect(await isTold(store, told)).toBe(false)
      expect(await store.grants.issueClientGrant(placed(own), told)).toBe('issued')
      expect(await store.grants.find(own.id)).toMatchObject({ statusIndex: lastIndex })
    })

    test('of 50 grants that want one place, one gets it', async () => {
      const { newGrant } = await signedUp(store)
      const statusIndex = ++lastIndex
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => issue({ ...newGrant(), statusIndex })))
      expect(tally(outcomes.map((status) => ({ status })))).toEqual({ issued: 1, status_index_taken: 49 })
    })

    test('who may not have the grant is refused, whether the place is free or not', async () => {
      const { newGrant, owner } = await signedUp(store)
      await store.users.disable(owner.id, now, event())
      expect(await issue(placed(newGrant()))).toBe('refused')
    })

    test('grants without a place are as many as they like, and in no list', async () => {
      const { newGrant } = await signedUp(store)
      const grants = [newGrant(), newGrant()]
      for (const grant of grants) expect(await issue(grant)).toBe('issued')
      const at = now + 50_000
      for (const { id } of grants) await store.grants.revoke(id, at, event())
      expect(await store.grants.listRevokedIndexes(at)).toEqual([])
    })

    test('what is revoked is listed from then on, whatever ended it', async () => {
      const at = now + 100_000
      const ended = {
        revoked: await issued(),
        'all of its user’s': await issued(),
        'the user disabled': await issued(),
        'the user deleted': await issued(),
        'the password changed': await issued(),
        'the client deleted': await issued(),
        'the code twice': await issued(),
        'a refresh token twice': await issued(),
      }
      const alive = await issued()
      const before = await store.grants.countRevoked(at)

      await store.grants.revoke(ended.revoked.grant.id, at, event())
      await store.grants.revokeAll({ userId: ended['all of its user’s'].owner.id }, at, event())
      await store.users.disable(ended['the user disabled'].owner.id, at, event())
      await store.users.delete(ended['the user deleted'].owner.id, at, event())
      await store.users.changePassword(ended['the password changed'].owner.id, 'new', at, event())
      await store.clients.delete(ended['the client deleted'].app.id, at, event())
      const { code: twice } = ended['the code twice']
      await store.grants.redeemCode(twice.hash, now, event())
      await store.grants.redeemCode(twice.hash, at, event())
      const { grant: family } = ended['a refresh token twice']
      const token = refreshToken(family)
      await store.grants.issueTokens(family.id, token, event())
      await store.grants.rotateRefreshToken(refreshTokenUse(token.hash, refreshToken(family)))
      await store.grants.rotateRefreshToken(refreshTokenUse(token.hash, refreshToken(family), { now: at }))

      const places = Object.values(ended).map(({ place }) => place)
      const listed = await store.grants.listRevokedIndexes(at)
      expect([...listed].sort((a, b) => a - b)).toEqual(places)
      expect(await store.grants.listRevokedIndexes(at + 1)).toEqual([])
      const after = await store.grants.countRevoked(at)
      expect(after.count - before.count).toBe(places.length)
      expect(after.highestIndex).toBe(alive.place)
    })

    test('a place is free again when its grant is forgotten', async () => {
      const { grant, place, newGrant } = await issued()
      const at = now + 200_000
      await store.grants.revoke(grant.id, at, event())
      expect(await store.grants.listRevokedIndexes(at)).toEqual([place])
      await store.deleteExpired(at + 1_000_000)
      expect(await store.grants.listRevokedIndexes(at)).toEqual([])
      expect(await issue({ ...newGrant(), statusIndex: place })).toBe('issued')
    })

    test('where nobody has a place, there is no highest', async () => {
      const empty = await makeStore()
      expect(await empty.grants.countRevoked(0)).toEqual({ count: 0, highestIndex: -1 })
      await empty.close()
    })
  })
}
