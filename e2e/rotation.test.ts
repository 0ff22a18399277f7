/**
 * Keys rotate and die beside running servers and guards, by commands in processes of their own.
 *
 * The guards run here and know the servers by HTTP only, as in any API.
 */

import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { createGuard, GuardError } from '@countersign/guard'
import type { Guard } from '@countersign/guard'
import { decodeUnverified } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { call, postForm, refresh, signIn, tokensOf, userinfo } from './harness/client.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const alice = { username: 'alice', password: randomUUID() }
/** By the algorithm of their tokens. */
const audiences = { ES256: 'https://orders.example', RS256: 'https://ledger.example' } as const
type Algorithm = keyof typeof audiences
const algorithms: readonly Algorithm[] = ['ES256', 'RS256']

const rotations: readonly Algorithm[] = Array.from({ length: 10 }, (_, index) => (index % 4 === 2 ? 'RS256' : 'ES256'))
const callers = 4

interface Scene {
  readonly stage: Stage
  readonly issuer: string
  /** Of all servers on the store. */
  readonly urls: readonly string[]
  /** A new access token for the API of this algorithm, by any of the servers. */
  fetchToken(alg: Algorithm): Promise<string>
  /** A guard of this API. It reaches the issuer as through a load balancer: any of the servers answers. */
  newGuard(alg: Algorithm, options?: { readonly rememberSignatures?: number }): Guard
}

async function setUp(servers: number, onEnd: (end: () => void | Promise<void>) => void): Promise<Scene> {
  const stage = await openStage()
  onEnd(() => stage.close())
  const { url: issuer } = await stage.serve()
  const urls = [issuer]
  while (urls.length < servers) urls.push((await stage.serve({ issuer })).url)
  const service = await stage.administer(issuer, async (administration) => {
    await administration.createUser(alice)
    for (const alg of algorithms) await administration.createApi({ audience: audiences[alg], scopes: ['read'], alg })
    return administration.createClient({
      name: 'service',
      grants: ['client_credentials'],
      scopes: ['read'],
      audiences: Object.values(audiences),
    })
  })
  const credentials = { id: service.client.id, secret: service.secret! }
  return {
    stage,
    issuer,
    urls,
    async fetchToken(alg) {
      const form = { grant_type: 'client_credentials', resource: audiences[alg] }
      const { status, body } = await postForm(`${oneOf(urls)}/oauth/token`, form, credentials)
      if (status !== 200) throw new Error(`expected a token, got ${status} ${String(body['error'])}`)
      return String(body['access_token'])
    },
    newGuard(alg, options = {}) {
      const balanced: typeof fetch = (_issuer, init) => fetch(`${oneOf(urls)}/.well-known/jwks.json`, init)
      const guard = createGuard({ issuer, audience: audiences[alg], fetch: balanced, ...options })
      onEnd(() => guard.close())
      return guard
    },
  }
}

test.concurrent(
  'ten rotations under load: two servers and all guards refuse no valid token, and the servers learn of each within 2 s',
  async ({ onTestFinished }) => {
    const { stage, issuer, urls, fetchToken, newGuard } = await setUp(2, onTestFinished)
    const guards = algorithms.flatMap((alg) =>
      // One that remembers signatures, and one that asks the keys every time.
      [newGuard(alg), newGuard(alg, { rememberSignatures: 0 })].map((guard) => ({ alg, guard })),
    )
    const sightings = watchKids()
    const tokens = { ES256: [await fetchToken('ES256')], RS256: [await fetchToken('RS256')] }
    for (const [token] of Object.values(tokens)) sightings.see(kidOf(token!))
    const refusals: string[] = []
    let calls = 0
    let isOver = false

    const present = async (guard: Guard, token: string): Promise<void> => {
      calls++
      const code = await refusalOf(guard, token)
      if (code !== undefined) refusals.push(code)
    }
    /** Presents a token that is new and one that is not: of any key since the start. */
    const callApis = async (): Promise<void> => {
      while (!isOver) {
        for (const alg of algorithms) {
          const token = await fetchToken(alg)
          sightings.see(kidOf(token))
          tokens[alg].push(token)
          const older = oneOf(tokens[alg])
          const ofThisApi = guards.filter((one) => one.alg === alg)
          await Promise.all(ofThisApi.flatMap(({ guard }) => [present(guard, token), present(guard, older)]))
        }
      }
    }
    const callServer = async (): Promise<void> => {
      const first = tokensOf(await signIn(issuer, alice))
      for (let latest = first; !isOver; latest = tokensOf(await refresh(oneOf(urls), latest.refreshToken))) {
        for (const { accessToken } of [first, latest]) {
          calls++
          const { status, body } = await userinfo(oneOf(urls), accessToken)
          if (status !== 200) refusals.push(`userinfo: ${String(body['error'])}`)
        }
      }
    }

    const load = Promise.all([...Array.from({ length: callers }, callApis), callServer()])
    // Shown by whichever comes first, so that nothing waits for a load that has failed.
    const underLoad = <T>(work: Promise<T>): Promise<T> => Promise.race([work, load.then(() => work)])
    const delays: number[] = []
    for (const alg of rotations) {
      const kid = String((await underLoad(stage.command(issuer, 'keys', 'rotate', '--alg', alg, '--now')))['kid'])
      const rotatedAt = performance.now()
      const elapsed = (): number => performance.now() - rotatedAt
      for (const url of urls) {
        while (!(await underLoad(publishedKids(url))).includes(kid)) expect(elapsed()).toBeLessThan(2000)
      }
      delays.push(elapsed())
      await underLoad(sightings.first(kid))
    }
    isOver = true
    await load

    console.info(
      `${rotations.length} rotations, ${calls} calls over ${sightings.count()} keys, ${refusals.length} refused; ` +
        `both servers published the new key ${Math.max(...delays).toFixed(0)} ms after the command at the latest`,
    )
    expect(refusals).toEqual([])
    expect(sightings.count()).toBe(algorithms.length + rotations.length)
  },
)

test.concurrent(
  'a revoked key: its tokens are refused by the server within 2 s and by running guards within 60 s',
  async ({ onTestFinished }) => {
    const { stage, issuer, fetchToken, newGuard } = await setUp(1, onTestFinished)
    const [called, resting, renewed] = [newGuard('ES256'), newGuard('ES256'), newGuard('ES256')]
    const token = await fetchToken('ES256')
    for (const guard of [called, resting, renewed]) expect(await refusalOf(guard, token)).toBeUndefined()
    const kid = kidOf(token)
    const { accessToken } = tokensOf(await signIn(issuer, alice))
    expect(kidOf(accessToken)).toBe(kid)

    await stage.command(issuer, 'keys', 'revoke', kid)
    const revokedAt = performance.now()
    const elapsed = (): number => performance.now() - revokedAt

    while ((await userinfo(issuer, accessToken)).status === 200) expect(elapsed()).toBeLessThan(2000)
    expect(await publishedKids(issuer)).not.toContain(kid)
    expect(await userinfo(issuer, accessToken)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    const atServer = elapsed()

    // This guard hears of the next key, asks for the set, and finds the old one gone.
    expect(await refusalOf(renewed, await fetchToken('ES256'))).toBeUndefined()
    expect(await refusalOf(renewed, token)).toBe('token_key_unknown')
    // These hear of nothing: only time can tell them.
    expect(await refusalOf(called, token)).toBeUndefined()
    while ((await refusalOf(called, token)) === undefined) {
      expect(elapsed()).toBeLessThan(60_000)
      await setTimeout(100)
    }
    const atGuard = elapsed()
    expect(await refusalOf(called, token)).toBe('token_key_unknown')
    await setTimeout(60_000 - elapsed())
    expect(await refusalOf(resting, token)).toBe('token_key_unknown')
    console.info(
      `a revoked key: refused by the server after ${atServer.toFixed(0)} ms, by a guard after ${(atGuard / 1000).toFixed(1)} s`,
    )
  },
)

async function publishedKids(url: string): Promise<readonly string[]> {
  const { body } = await call(`${url}/.well-known/jwks.json`)
  return (body['keys'] as { kid: string }[]).map(({ kid }) => kid)
}

function oneOf<T>(items: readonly T[]): T {
  return items[randomInt(items.length)]!
}

/** The code with which the guard refuses the token; `undefined` if it does not. */
async function refusalOf(guard: Guard, token: string): Promise<string | undefined> {
  const request = { method: 'GET', url: '/orders', rawHeaders: ['Authorization', `Bearer ${token}`] }
  try {
    await guard.authenticate(request, { scope: 'read' })
    return undefined
  } catch (error) {
    if (error instanceof GuardError) return error.code
    throw error
  }
}

function kidOf(token: string): string {
  return String(decodeUnverified(token).header.kid)
}

/** Which keys have signed, and when each was first seen to. */
function watchKids(): KidWatch {
  const firsts = new Map<string, PromiseWithResolvers<number>>()
  const seen = new Set<string>()
  const firstOf = (kid: string): PromiseWithResolvers<number> => {
    const first = firsts.get(kid) ?? Promise.withResolvers<number>()
    firsts.set(kid, first)
    return first
  }
  return {
    see(kid) {
      if (seen.has(kid)) return
      seen.add(kid)
      firstOf(kid).resolve(performance.now())
    },
    first: (kid) => firstOf(kid).promise,
    count: () => seen.size,
  }
}

interface KidWatch {
  see(kid: string): void
  /** When the first token of this key was seen; waits for it. */
  first(kid: string): Promise<number>
  count(): number
}
