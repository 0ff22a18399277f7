import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refreshRetrySeconds } from '../records.ts'
import type { RefreshToken, RefreshTokenUse, Store } from '../records.ts'
import { event, isTold, now, refreshToken, refreshTokenUse, signedUp, tally } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function refreshRetryConformance(storeName: string, makeStore: MakeStore): void {
  describe(`retries of refresh tokens in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    /** A family whose first token was used, and verbs on it. The one who uses it can prove who it is. */
    const usedFamily = async (facts: Partial<RefreshToken> = {}) => {
      const { issueFamily, ...owner } = await signedUp(store)
      const { grant, token: first } = await issueFamily(facts)
      const use = async (hash: string, facts: Partial<RefreshTokenUse> = {}) => {
        const successor = refreshToken(grant)
        const answer = await store.grants.rotateRefreshToken(
          refreshTokenUse(hash, successor, { mayRetry: true, ...facts }),
        )
        return { ...answer, hash: successor.hash }
      }
      const second = await use(first.hash)
      const isSpent = async (hash: string) => (await store.grants.findRefreshToken(hash))?.spent
      const revokedAt = async () => (await store.grants.find(grant.id))?.revokedAt
      return { ...owner, grant, first, second, use, isSpent, revokedAt }
    }

    test('a lost answer is retried once: the token that was lost is spent, the linked one works, both are told', async () => {
      const { grant, first, second, use, isSpent, revokedAt } = await usedFamily()
      const told = refreshTokenUse(first.hash, refreshToken(grant), { mayRetry: true, now: now + 3 })
      expect(await store.grants.rotateRefreshToken(told)).toEqual({ status: 'retried' })
      const { issued, retried, reused } = told
      expect(await Promise.all([issued, retried, reused].map((one) => isTold(store, one)))).toEqual([true, true, false])
      expect([await isSpent(second.hash), await isSpent(told.successor.hash)]).toEqual([true, false])
      const { familyExpiresAt } = first
      expect(await store.grants.findRefreshToken(told.successor.hash)).toMatchObject({ token: { familyExpiresAt } })
      expect(await revokedAt()).toBeNull()
      expect(await use(told.successor.hash, { now: now + 4 })).toMatchObject({ status: 'rotated' })
    })

    const ends: readonly {
      what: string
      attempt: (family: Awaited<ReturnType<typeof usedFamily>>) => Promise<{ status: string }>
    }[] = [
      {
        what: 'a retry by somebody who proves nothing',
        attempt: ({ first, use }) => use(first.hash, { mayRetry: false }),
      },
      {
        what: 'a retry one second too late',
        attempt: ({ first, use }) => use(first.hash, { now: now + refreshRetrySeconds + 1 }),
      },
      {
        what: 'a retry after the successor was used',
        attempt: async ({ first, second, use }) => {
          await use(second.hash)
          return use(first.hash)
        },
      },
      {
        what: 'a second retry',
        attempt: async ({ first, use }) => {
          await use(first.hash)
          return use(first.hash)
        },
      },
      {
        what: 'a retry of the token that the retry has spent',
        attempt: async ({ first, second, use }) => {
          await use(first.hash)
          return use(second.hash)
        },
      },
      {
        what: 'a retry after the linked token was used',
        attempt: async ({ first, use }) => {
          const linked = await use(first.hash)
          await use(linked.hash)
          return use(first.hash)
        },
      },
    ]
    for (const { what, attempt } of ends) {
      test(`${what} ends the family`, async () => {
        const family = await usedFamily()
        expect(await attempt(family)).toMatchObject({ status: 'replayed', grantId: family.grant.id })
        expect(await family.revokedAt()).not.toBeNull()
      })
    }

    test('a retry may come as late as ten seconds after, and the linked token may be retried in its turn', async () => {
      const { first, use, revokedAt } = await usedFamily()
      const linked = await use(first.hash, { now: now + refreshRetrySeconds })
      expect(linked.status).toBe('retried')
      const next = await use(linked.hash, { now: now + 60 })
      expect(next.status).toBe('rotated')
      expect(await use(linked.hash, { now: now + 65 })).toMatchObject({ status: 'retried' })
      expect(await revokedAt()).toBeNull()
    })

    test('a retry past the end of the token or by another client is none', async () => {
      const expired = await usedFamily({ expiresAt: now + 5 })
      expect(await expired.use(expired.first.hash, { now: now + 5 })).toMatchObject({ status: 'replayed' })
      const { grant, first, second, isSpent, revokedAt } = await usedFamily()
      const theirs = refreshTokenUse(first.hash, refreshToken(grant, { clientId: 'another' }), { mayRetry: true })
      expect(await store.grants.rotateRefreshToken(theirs)).toEqual({ status: 'unknown' })
      expect([await isSpent(second.hash), await revokedAt()]).toEqual([false, null])
    })

    test('a retry in a dead family brings nothing', async () => {
      const { grant, first, use } = await usedFamily()
      await store.grants.revoke(grant.id, now, event())
      const { status, hash } = await use(first.hash)
      expect(status).toBe('replayed')
      expect(await store.grants.findRefreshToken(hash)).toBeUndefined()
    })

    test('of 50 retries at once one is retried, and then the family is dead', async () => {
      const { owner, app, grant, first, second, use } = await usedFamily()
      const answers = await Promise.all(Array.from({ length: 50 }, () => use(first.hash)))
      expect(tally(answers)).toEqual({ retried: 1, replayed: 49 })
      for (const { hash } of [second, ...answers]) expect((await use(hash)).status).not.toBe('rotated')
      const reuses = (await store.audit.list({ limit: 1_000_000 })).filter(
        ({ type, grantId }) => type === 'refresh.reused' && grantId === grant.id,
      )
      expect(reuses).toMatchObject([{ userId: owner.id, clientId: app.id }])
    })

    test('of 50 first uses at once by one who may retry, one is rotated, one retried, and the family is dead', async () => {
      const { issueFamily } = await signedUp(store)
      const { grant, token } = await issueFamily()
      const uses = Array.from({ length: 50 }, () =>
        refreshTokenUse(token.hash, refreshToken(grant), { mayRetry: true }),
      )
      const answers = await Promise.all(uses.map((use) => store.grants.rotateRefreshToken(use)))
      expect(tally(answers)).toEqual({ rotated: 1, retried: 1, replayed: 48 })
      for (const { successor } of uses) {
        const again = refreshTokenUse(successor.hash, refreshToken(grant))
        expect((await store.grants.rotateRefreshToken(again)).status).not.toBe('rotated')
      }
    })

    test('five rotations within one second, each with its answer, are five rotations', async () => {
      const { second, use, revokedAt } = await usedFamily()
      let { hash } = second
      for (let turn = 0; turn < 5; turn++) {
        const next = await use(hash)
        expect(next.status).toBe('rotated')
        hash = next.hash
      }
      expect(await revokedAt()).toBeNull()
    })

    test('a retry that races the use of the successor leaves one token at most', async () => {
      for (let turn = 0; turn < 10; turn++) {
        const { first, second, use, isSpent, revokedAt } = await usedFamily()
        const answers = await Promise.all([use(first.hash), use(second.hash)])
        const unspent = await Promise.all(answers.map(({ hash }) => isSpent(hash)))
        expect(unspent.filter((spent) => spent === false).length).toBeLessThanOrEqual(1)
        expect(await revokedAt()).not.toBeNull()
      }
    })

    test('a rotation that races a revocation leaves nothing usable once that has returned', async () => {
      for (let turn = 0; turn < 10; turn++) {
        const { grant, first, second, use } = await usedFamily()
        const rotations = [use(second.hash), use(first.hash)]
        await store.grants.revoke(grant.id, now, event())
        for (const { hash } of await Promise.all(rotations)) {
          expect(await use(hash)).toMatchObject({ status: expect.stringMatching(/^(unknown|replayed)$/) })
        }
      }
    })

    test('whatever is done to a family, it has one unspent token at most, and none that works once it is revoked', async () => {
      const act = fc.oneof(
        { weight: 12, arbitrary: fc.record({ token: fc.nat(), mayRetry: fc.boolean(), after: fc.nat(6) }) },
        { weight: 1, arbitrary: fc.constant('revoke' as const) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 14 }), async (acts) => {
          const { issueFamily } = await signedUp(store)
          const { grant, token } = await issueFamily()
          const model = createModel(token.hash)
          let at = now
          for (const act of acts) {
            if (act === 'revoke') {
              await store.grants.revoke(grant.id, at, event())
              model.revoke()
              continue
            }
            at += act.after
            const { mayRetry } = act
            // Young tokens are tried more often: a retry is soon after.
            const hash = model.hashes().at(-1 - (act.token % Math.min(3, model.hashes().length)))!
            const use = refreshTokenUse(hash, refreshToken(grant), { now: at, mayRetry })
            const { status } = await store.grants.rotateRefreshToken(use)
            expect(status).toBe(model.use(hash, use.successor.hash, at, mayRetry))
            expect((await store.grants.find(grant.id))?.revokedAt === null).toBe(!model.isRevoked())
            const found = await Promise.all(model.hashes().map((each) => store.grants.findRefreshToken(each)))
            expect(found.filter((each) => each?.spent === false).length).toBeLessThanOrEqual(1)
            if (model.isRevoked()) expect(['unknown', 'replayed']).toContain(status)
          }
        }),
        { numRuns: 60 },
      )
    }, 60_000)
  })
}

interface Member {
  readonly usedAt: number | null
  readonly successor: string | null
  readonly isRetried: boolean
}

/** The rules of a family, as simply as they can be said. */
function createModel(first: string) {
  const unspent: Member = { usedAt: null, successor: null, isRetried: false }
  const members = new Map<string, Member>([[first, unspent]])
  let isRevoked = false

  return {
    hashes: () => [...members.keys()],
    isRevoked: () => isRevoked,
    revoke: () => void (isRevoked = true),
    use(hash: string, successor: string, at: number, mayRetry: boolean): string {
      const member = members.get(hash)!
      if (member.usedAt === null) {
        if (isRevoked) return 'unknown'
        members.set(hash, { ...member, usedAt: at, successor }).set(successor, unspent)
        return 'rotated'
      }
      const lost = member.successor === null ? undefined : members.get(member.successor)
      const isInTime = at - member.usedAt <= refreshRetrySeconds
      if (!isRevoked && mayRetry && isInTime && !member.isRetried && lost?.usedAt === null) {
        members.set(member.successor!, { ...lost, usedAt: at })
        members.set(hash, { ...member, isRetried: true }).set(successor, unspent)
        return 'retried'
      }
      isRevoked = true
      return 'replayed'
    },
  }
}
