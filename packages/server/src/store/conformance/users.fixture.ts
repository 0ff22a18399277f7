import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../records.ts'
import { event, isTold, name, now, signedUp, user } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function userStoreConformance(storeName: string, makeStore: MakeStore): void {
  describe(`users in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    test('a user is found as inserted, by id and by name', async () => {
      const ann = user({ email: 'ann@example.com' })
      const told = event()
      expect(await store.users.insert(ann, told)).toBe('inserted')
      expect(await store.users.find(ann.id)).toEqual(ann)
      expect(await store.users.findByUsername(ann.username)).toEqual(ann)
      expect(await isTold(store, told)).toBe(true)
      expect(await store.users.find(name('nobody'))).toBeUndefined()
      expect(await store.users.findByUsername(name('nobody'))).toBeUndefined()
    })

    test('a name that differs by case, width, composition or invisible characters is taken', async () => {
      const tail = name('')
      await store.users.insert(user({ username: `Zoë ß${tail}` }), event())
      for (const username of [`zoë ß${tail}`, `ZOE\u0308 SS${tail}`, `Ｚoë ß${tail}`, `zo\u200dë ß${tail}`]) {
        const told = event()
        expect(await store.users.insert(user({ username }), told)).toBe('taken')
        expect(await isTold(store, told)).toBe(false)
        expect(await store.users.findByUsername(username)).toMatchObject({ username: `Zoë ß${tail}` })
      }
    })

    test('of 50 that want one name at once, one gets it', async () => {
      const username = name('wanted')
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => store.users.insert(user({ username }), event())),
      )
      expect(answers.filter((answer) => answer === 'inserted')).toHaveLength(1)
    })

    test('users are listed in pages', async () => {
      const inserted = [user(), user(), user()]
      for (const one of inserted) await store.users.insert(one, event())
      const ids: string[] = []
      for (let after = ''; ; after = ids.at(-1)!) {
        const page = await store.users.list({ after, limit: 2 })
        ids.push(...page.map(({ id }) => id))
        if (page.length < 2) break
      }
      expect(ids).toEqual([...new Set(ids)].sort())
      expect(ids).toEqual(expect.arrayContaining(inserted.map(({ id }) => id)))
    })

    test('disabling a user happens once and revokes their grants', async () => {
      const { owner, issueCode, newGrant } = await signedUp(store)
      const { grant, code } = await issueCode()
      const [first, second] = [event(), event()]
      expect(await store.users.disable(owner.id, now + 5, first)).toBe(true)
      expect(await store.users.disable(owner.id, now + 6, second)).toBe(false)
      expect(await store.users.find(owner.id)).toEqual({ ...owner, disabledAt: now + 5 })
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now + 5 })
      expect(await store.grants.redeemCode(code.hash, now, event())).toEqual({ status: 'unknown' })
      const late = newGrant()
      expect(await store.grants.issueCode(late, { ...code, hash: name('code'), grantId: late.id }, event())).toBe(
        'refused',
      )
      expect([await isTold(store, first), await isTold(store, second)]).toEqual([true, false])
    })

    test('enabling a user happens once, and their grants stay revoked', async () => {
      const { owner, issueCode, newGrant } = await signedUp(store)
      const { grant, code } = await issueCode()
      // Who is not disabled is not signed out either.
      expect(await store.users.enable(owner.id, now + 6, event())).toBe(false)
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: null })
      await store.users.disable(owner.id, now + 5, event())
      const [first, second] = [event(), event()]
      const answers = await Promise.all([
        store.users.enable(owner.id, now + 6, first),
        store.users.enable(owner.id, now + 6, second),
      ])
      expect(answers.sort()).toEqual([false, true])
      expect(await store.users.find(owner.id)).toEqual(owner)
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now + 5 })
      const late = newGrant()
      expect(await store.grants.issueCode(late, { ...code, hash: name('code'), grantId: late.id }, event())).toBe(
        'issued',
      )
      expect([await isTold(store, first), await isTold(store, second)].sort()).toEqual([false, true])
    })

    test('deleting a user happens once; their grants stay as tombstones and the name is free', async () => {
      const { owner, issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily()
      const [first, second] = [event(), event()]
      const answers = await Promise.all([
        store.users.delete(owner.id, now + 5, first),
        store.users.delete(owner.id, now + 5, second),
      ])
      expect(answers.sort()).toEqual([false, true])
      expect(await store.users.find(owner.id)).toBeUndefined()
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now + 5 })
      expect(await store.grants.findRefreshToken(token.hash)).toMatchObject({ grant: { revokedAt: now + 5 } })
      expect([await isTold(store, first), await isTold(store, second)].sort()).toEqual([false, true])
      expect(await store.users.insert(user({ username: owner.username }), event())).toBe('inserted')
    })

    test('a password hash is replaced only if it still is the expected one', async () => {
      const ann = user({ passwordHash: 'old' })
      await store.users.insert(ann, event())
      expect(await store.users.replacePasswordHash(ann.id, 'old', 'new')).toBe(true)
      expect(await store.users.replacePasswordHash(ann.id, 'old', 'newer')).toBe(false)
      expect(await store.users.find(ann.id)).toMatchObject({ passwordHash: 'new' })
    })

    test('another password ends every grant of the user, and is told', async () => {
      const { owner, issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily()
      const [changed, missed] = [event(), event()]
      expect(await store.users.changePassword(owner.id, 'new', now + 5, changed)).toBe(true)
      expect(await store.users.changePassword(name('nobody'), 'new', now + 5, missed)).toBe(false)
      expect(await store.users.find(owner.id)).toEqual({ ...owner, passwordHash: 'new' })
      expect(await store.grants.findRefreshToken(token.hash)).toMatchObject({ grant: { revokedAt: now + 5 } })
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now + 5 })
      expect([await isTold(store, changed), await isTold(store, missed)]).toEqual([true, false])
    })

    test('roles are replaced, and told', async () => {
      const ann = user({ roles: [] })
      await store.users.insert(ann, event())
      const [changed, missed] = [event(), event()]
      expect(await store.users.setRoles(ann.id, ['clerk', 'auditor'], changed)).toBe(true)
      expect(await store.users.setRoles(name('nobody'), ['clerk'], missed)).toBe(false)
      expect(await store.users.find(ann.id)).toEqual({ ...ann, roles: ['clerk', 'auditor'] })
      expect([await isTold(store, changed), await isTold(store, missed)]).toEqual([true, false])
    })
  })
}
