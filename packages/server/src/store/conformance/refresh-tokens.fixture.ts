import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longestAccessTokenSeconds } from '../records.ts'
import type { Grant, RefreshToken, Store } from '../records.ts'
import {
  event,
  findTold,
  isTold,
  name,
  now,
  refreshToken,
  refreshTokenUse,
  signedUp,
  tally,
} from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function refreshTokenConformance(storeName: string, makeStore: MakeStore): void {
  describe(`refresh tokens in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    const rotate = (hash: string, successor: RefreshToken, at = now) =>
      store.grants.rotateRefreshToken(refreshTokenUse(hash, successor, { now: at }))

    test('a refresh token is found as issued, with its grant', async () => {
      const { issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily()
      expect(await store.grants.findRefreshToken(token.hash)).toEqual({ token, grant, spent: false })
      expect(await store.grants.findRefreshToken(name('refresh'))).toBeUndefined()
    })

    test('a rotation spends the token, brings the successor and is told; the family ends when it did', async () => {
      const { issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily()
      const successor = refreshToken(grant, { familyExpiresAt: now + 999_999 })
      const told = refreshTokenUse(token.hash, successor)
      expect(await store.grants.rotateRefreshToken(told)).toEqual({ status: 'rotated' })
      expect(await store.grants.findRefreshToken(token.hash)).toMatchObject({ spent: true })
      const { familyExpiresAt } = token
      expect(await store.grants.findRefreshToken(successor.hash)).toMatchObject({
        token: { ...successor, familyExpiresAt },
        spent: false,
      })
      const { issued, retried, reused } = told
      const isToldOf = await Promise.all([issued, retried, reused].map((one) => isTold(store, one)))
      expect(isToldOf).toEqual([true, false, false])
    })

    test('a reuse is refused, told, and kills the family (RFC 9700 §4.14)', async () => {
      const { owner, app, issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily()
      const successor = refreshToken(grant)
      await rotate(token.hash, successor)
      const told = refreshTokenUse(token.hash, refreshToken(grant), { now: now + 3 })
      const replayed = { status: 'replayed', grantId: grant.id }
      expect(await store.grants.rotateRefreshToken(told)).toEqual(replayed)
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now + 3 })
      expect(await rotate(successor.hash, refreshToken(grant))).toEqual({ status: 'unknown' })
      const whose = { userId: owner.id, clientId: app.id, grantId: grant.id }
      expect(await findTold(store, told.reused)).toEqual({ ...told.reused, ...whose })
      expect(await isTold(store, told.issued)).toBe(false)
    })

    test('of 50 rotations at once, one is rotated, 49 are replayed and the family is dead', async () => {
      const { issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily()
      const successors = Array.from({ length: 50 }, () => refreshToken(grant))
      const answers = await Promise.all(successors.map((successor) => rotate(token.hash, successor)))
      expect(tally(answers)).toEqual({ rotated: 1, replayed: 49 })
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now })
      const left = await Promise.all(successors.map(({ hash }) => store.grants.findRefreshToken(hash)))
      expect(left.filter((found) => found !== undefined)).toHaveLength(1)
      for (const { hash } of successors) expect(await rotate(hash, refreshToken(grant))).toEqual({ status: 'unknown' })
    })

    test('a rotation that races a replayed code leaves nothing alive', async () => {
      const { issueFamily } = await signedUp(store)
      const { grant, code, token } = await issueFamily()
      const successor = refreshToken(grant)
      await Promise.all([rotate(token.hash, successor), store.grants.redeemCode(code.hash, now, event())])
      expect(await rotate(successor.hash, refreshToken(grant))).toEqual({ status: 'unknown' })
    })

    const refusals: readonly { what: string; at?: number; successor: (grant: Grant, other: Grant) => RefreshToken }[] =
      [
        { what: 'past its idle end', at: now + 1000, successor: (grant) => refreshToken(grant) },
        { what: 'from another client', successor: (grant) => refreshToken(grant, { clientId: 'another' }) },
        {
          what: 'with a successor in another grant',
          successor: (grant, other) => refreshToken(grant, { grantId: other.id }),
        },
      ]
    for (const { what, at = now, successor } of refusals) {
      test(`a token ${what} is unknown, and stays as it is`, async () => {
        const { issueFamily } = await signedUp(store)
        const [{ grant, token }, other] = [await issueFamily(), await issueFamily()]
        expect(await rotate(token.hash, successor(grant, other.grant), at)).toEqual({ status: 'unknown' })
        expect(await store.grants.findRefreshToken(token.hash)).toMatchObject({
          spent: false,
          grant: { revokedAt: null },
        })
      })
    }

    test('a token past the end of its family is unknown, however young it is', async () => {
      const { issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily({ expiresAt: now + 9000, familyExpiresAt: now + 100 })
      expect(await rotate(token.hash, refreshToken(grant), now + 100)).toEqual({ status: 'unknown' })
    })

    test('no tokens are issued for a grant that is unknown', async () => {
      const { newGrant } = await signedUp(store)
      const grant = newGrant()
      expect(await store.grants.issueTokens(grant.id, null, event())).toBe('revoked')
      expect(await store.grants.issueTokens(grant.id, refreshToken(grant), event())).toBe('revoked')
    })

    test('a family is forgotten after its last token and what that could buy have ended, not before', async () => {
      const { issueFamily } = await signedUp(store)
      const { grant, code, token } = await issueFamily()
      const successor = refreshToken(grant, { expiresAt: now + 2000 })
      await rotate(token.hash, successor)
      const end = successor.expiresAt + longestAccessTokenSeconds
      await store.deleteExpired(end)
      expect(await store.grants.findRefreshToken(token.hash)).toMatchObject({ spent: true })
      expect(await store.grants.find(grant.id)).toEqual(grant)
      await store.deleteExpired(end + longestAccessTokenSeconds)
      expect(await store.grants.findRefreshToken(token.hash)).toBeUndefined()
      expect(await store.grants.find(grant.id)).toBeUndefined()
      expect(await store.grants.redeemCode(code.hash, now, event())).toEqual({ status: 'unknown' })
      expect(await store.deleteExpired(end + longestAccessTokenSeconds)).toBe(0)
    })
  })
}
