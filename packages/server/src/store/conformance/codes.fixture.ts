import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../records.ts'
import { code, event, findTold, isTold, name, now, refreshToken, signedUp, tally } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function authSessionStoreConformance(storeName: string, makeStore: MakeStore): void {
  describe(`sign-in sessions in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    const session = () => ({
      hash: name('session'),
      clientId: 'c',
      codeChallenge: 'challenge',
      scope: 'openid',
      resource: null,
      nonce: 'n',
      dpopJkt: 'jkt',
      failures: 3,
      expiresAt: now + 600,
    })

    test('of 50 that take one session at once, one gets it, as inserted', async () => {
      const inserted = session()
      await store.authSessions.insert(inserted, null)
      const taken = await Promise.all(Array.from({ length: 50 }, () => store.authSessions.take(inserted.hash, now)))
      expect(taken.filter((answer) => answer !== undefined)).toEqual([inserted])
    })

    test('the failed sign-in that a session follows is told', async () => {
      const told = event({ type: 'sign_in.failed' })
      await store.authSessions.insert(session(), told)
      expect(await findTold(store, told)).toEqual(told)
    })

    test('an expired session is not answered', async () => {
      const inserted = session()
      await store.authSessions.insert(inserted, null)
      expect(await store.authSessions.take(inserted.hash, inserted.expiresAt)).toBeUndefined()
    })
  })
}

export function authorizationCodeConformance(storeName: string, makeStore: MakeStore): void {
  describe(`authorization codes in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    test('a code is redeemed once; the second time revokes its grant and is told (RFC 6749 §4.1.2)', async () => {
      const { owner, app, issueCode } = await signedUp(store)
      const { grant, code } = await issueCode()
      const unused = event()
      expect(await store.grants.redeemCode(code.hash, now, unused)).toEqual({ status: 'redeemed', code, grant })
      expect(await isTold(store, unused)).toBe(false)
      const [reused, again] = [event({ type: 'code.reused' }), event()]
      expect(await store.grants.redeemCode(code.hash, now + 5, reused)).toEqual({
        status: 'replayed',
        grantId: grant.id,
      })
      expect(await store.grants.find(grant.id)).toEqual({ ...grant, revokedAt: now + 5 })
      const whose = { userId: owner.id, clientId: app.id, grantId: grant.id }
      expect(await findTold(store, reused)).toEqual({ ...reused, ...whose })
      expect(await store.grants.redeemCode(code.hash, now + 6, again)).toEqual({
        status: 'replayed',
        grantId: grant.id,
      })
      expect(await isTold(store, again)).toBe(false)
    })

    test('of 50 redemptions at once, one is redeemed, 49 are replayed and the grant is dead', async () => {
      const { issueCode } = await signedUp(store)
      const { grant, code } = await issueCode()
      const attempts = Array.from({ length: 50 }, () => store.grants.redeemCode(code.hash, now, event()))
      expect(tally(await Promise.all(attempts))).toEqual({ redeemed: 1, replayed: 49 })
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now })
      const told = event()
      expect(await store.grants.issueTokens(grant.id, refreshToken(grant), told)).toBe('revoked')
      expect(await isTold(store, told)).toBe(false)
    })

    test('a caller that reuses the id of an event gains nothing', async () => {
      const { issueCode } = await signedUp(store)
      const { code } = await issueCode()
      const same = event()
      await store.grants.redeemCode(code.hash, now, same)
      expect(await store.grants.redeemCode(code.hash, now, same)).toMatchObject({ status: 'replayed' })
    })

    test('a code that was used is a replay also after it has expired', async () => {
      const { issueCode } = await signedUp(store)
      const { grant, code } = await issueCode()
      await store.grants.redeemCode(code.hash, now, event())
      await store.deleteExpired(code.expiresAt)
      expect(await store.grants.redeemCode(code.hash, code.expiresAt + 100, event())).toMatchObject({
        status: 'replayed',
      })
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: code.expiresAt + 100 })
    })

    test('a code that is unknown, expired or of a dead grant is unknown, and revokes nothing', async () => {
      const { issueCode } = await signedUp(store)
      const expired = await issueCode()
      expect(await store.grants.redeemCode(expired.code.hash, expired.code.expiresAt, event())).toEqual({
        status: 'unknown',
      })
      expect(await store.grants.find(expired.grant.id)).toMatchObject({ revokedAt: null })
      const dead = await issueCode()
      await store.grants.revoke(dead.grant.id, now, event())
      expect(await store.grants.redeemCode(dead.code.hash, now, event())).toEqual({ status: 'unknown' })
      expect(await store.grants.redeemCode(name('code'), now, event())).toEqual({ status: 'unknown' })
    })

    test('a code is issued with its grant and its event, or none of them', async () => {
      const { newGrant, app } = await signedUp(store)
      const orphan = { ...newGrant(), userId: name('nobody') }
      const told = event()
      expect(await store.grants.issueCode(orphan, code(orphan), told)).toBe('refused')
      expect(await store.grants.find(orphan.id)).toBeUndefined()
      expect(await isTold(store, told)).toBe(false)
      const own = { ...newGrant(), userId: null, clientId: app.id }
      expect(await store.grants.issueClientGrant(own, told)).toBe('issued')
      expect(await store.grants.find(own.id)).toEqual(own)
      expect(await isTold(store, told)).toBe(true)
    })

    test('a code is issued for the password that was verified, or none is', async () => {
      const { owner, newGrant } = await signedUp(store)
      const issue = (verified: string | undefined) => {
        const agreed = newGrant()
        return store.grants.issueCode(agreed, code(agreed), event(), verified)
      }
      expect(await issue(owner.passwordHash)).toBe('issued')
      await store.users.changePassword(owner.id, 'new', now, event())
      expect(await issue(owner.passwordHash)).toBe('refused')
      expect([await issue('new'), await issue(undefined)]).toEqual(['issued', 'issued'])
    })

    test('a sign-in that races a change of its password leaves no live grant', async () => {
      for (let turn = 0; turn < 20; turn++) {
        const { owner, newGrant } = await signedUp(store)
        const agreed = newGrant()
        const issue = () => store.grants.issueCode(agreed, code(agreed), event(), owner.passwordHash)
        const change = () => store.users.changePassword(owner.id, 'new', now, event())
        await Promise.all(turn % 2 === 0 ? [issue(), change()] : [change(), issue()])
        expect((await store.grants.find(agreed.id))?.revokedAt).not.toBeNull()
      }
    })

    test('all grants of a user, or of a client, are revoked at once, and told if there were any', async () => {
      for (const ownerOf of [
        ({ owner }: Awaited<ReturnType<typeof signedUp>>) => ({ userId: owner.id }),
        ({ app }: Awaited<ReturnType<typeof signedUp>>) => ({ clientId: app.id }),
      ]) {
        const [theirs, others] = [await signedUp(store), await signedUp(store)]
        const grants = [await theirs.issueCode(), await theirs.issueCode()]
        const { grant: untouched } = await others.issueCode()
        const [told, untold] = [event(), event()]
        expect(await store.grants.revokeAll(ownerOf(theirs), now + 1, told)).toBe(2)
        expect(await store.grants.revokeAll(ownerOf(theirs), now + 2, untold)).toBe(0)
        for (const { grant } of grants) expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now + 1 })
        expect(await store.grants.find(untouched.id)).toMatchObject({ revokedAt: null })
        expect([await isTold(store, told), await isTold(store, untold)]).toEqual([true, false])
      }
    })

    test('a grant is revoked once', async () => {
      const { owner, app, issueCode } = await signedUp(store)
      const { grant } = await issueCode()
      const told = event()
      expect(await store.grants.revoke(grant.id, now + 1, told)).toBe(true)
      expect(await store.grants.revoke(grant.id, now + 2, event())).toBe(false)
      expect(await store.grants.revoke(name('grant'), now, event())).toBe(false)
      expect(await findTold(store, told)).toMatchObject({ userId: owner.id, clientId: app.id, grantId: grant.id })
    })
  })
}
