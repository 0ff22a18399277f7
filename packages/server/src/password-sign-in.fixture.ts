/** The slices that a sign-in by password takes, wired as in `app.ts` on a store in memory: real but for cheap hashes. */

import { dpopNonces } from '@countersign/guard'
import { createClientAuthentication } from './client-authentication/index.ts'
import { systemClock } from './clock.ts'
import { createDpopVerification } from './dpop/index.ts'
import { createHttp } from './http/index.ts'
import { account } from './account/index.ts'
import { createAdministration } from './admin/index.ts'
import type { Administration } from './admin/index.ts'
import { authorizeChallenge } from './oauth/authorize-challenge/index.ts'
import { createPasswordVerifier } from './sign-in/password/index.ts'
import { grantPlacement } from './store/grant-placement.ts'
import { openStore } from './store/open-store.ts'
import { sharedReplayStore } from './store/shared-replay-store.ts'
import { createPasswordHasher } from './users/index.ts'
import type { PasswordHasherOptions } from './users/index.ts'

export const issuer = 'https://id.example'
export const password = 'wr3nch-opal-tunnel'
export const codeChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
export const otherChallenge = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

export interface SetUpOptions {
  readonly registration?: 'open' | 'closed'
  readonly freeRegistrations?: number
  readonly freeSessions?: number
  readonly hashing?: PasswordHasherOptions
  /** What happens while a verdict is on its way to the endpoint. */
  readonly meanwhile?: (administration: Administration) => Promise<unknown>
}

export async function setUp(options: SetUpOptions = {}) {
  const { registration = 'open', freeRegistrations, freeSessions, hashing, meanwhile } = options
  const store = await openStore({ memory: true })
  const state = { now: systemClock() }
  const clock = () => state.now
  const hasher = createPasswordHasher({ memoryKiB: 64, passes: 1, ...hashing })
  const administration = createAdministration({ store, clock, hasher, issuer, actor: 'operator' })
  const counted: string[] = []
  const refusals = { count: (reason: string) => void counted.push(reason) }

  const verifyPassword = createPasswordVerifier({ users: store.users, hasher })
  const nonces = dpopNonces(new Uint8Array(32).fill(7), clock)
  const replay = sharedReplayStore(store.spentIds, clock)
  const app = createHttp(
    {
      issuer,
      tlsCert: undefined,
      tlsKey: undefined,
      tlsClientCa: undefined,
      trustedProxies: [],
      requestTimeoutSeconds: 30,
      logLevel: 'silent',
      metrics: 'off',
    },
    { isRegisteredOrigin: async () => false, checkReady: () => store.ping() },
  )
  await app.register(authorizeChallenge, {
    issuer,
    clock,
    lifetimes: { codeLifetimeSeconds: 60, authSessionLifetimeSeconds: 600 },
    clients: store.clients,
    apis: store.apis,
    roles: store.roles,
    authSessions: store.authSessions,
    grants: store.grants,
    placeGrant: grantPlacement(),
    refusals,
    authenticateClient: createClientAuthentication({
      issuer,
      clients: store.clients,
      replay,
      clock,
      refusals,
      readCertificate: () => undefined,
    }),
    verifyDpop: createDpopVerification({ issuer, nonces, replay, clock, refusals }),
    verifyPassword: async (...args) => {
      const verdict = await verifyPassword(...args)
      await meanwhile?.(administration)
      return verdict
    },
    ...(freeSessions !== undefined && { freeSessions }),
  })
  await app.register(account, {
    registration,
    users: store.users,
    hasher,
    clock,
    refusals,
    ...(freeRegistrations !== undefined && { freeRegistrations }),
  })
  const { app: clientId } = await registerWorld(administration)

  const send = async (url: string, contentType: string, payload: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': contentType, ...headers },
    })
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() } satisfies Answer
  }

  return {
    store,
    state,
    administration,
    counted,
    nonces,
    clientId,
    /** Asks for a code; parameters that are undefined are left out. */
    challenge: (form: Record<string, string | undefined> = {}, headers?: Record<string, string>) => {
      const all: Record<string, string | undefined> = {
        client_id: clientId,
        response_type: 'code',
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        ...form,
      }
      const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
      return send(
        '/oauth/authorize-challenge',
        'application/x-www-form-urlencoded',
        new URLSearchParams(given).toString(),
        headers,
      )
    },
    register: (body: unknown, headers?: Record<string, string>) =>
      send('/api/users', 'application/json', JSON.stringify(body), headers),
    send,
    close: async () => {
      await app.close()
      await store.close()
    },
  }
}

async function registerWorld(administration: Administration): Promise<{ readonly app: string }> {
  await administration.createUser({ username: 'annabel', password })
  await administration.createApi({ audience: 'https://pay.example', scopes: ['pay', 'refund'] })
  await administration.createApi({ audience: 'https://mail.example', scopes: ['send'] })
  const { client } = await administration.createClient({
    name: 'App',
    public: true,
    firstParty: true,
    scopes: ['openid', 'email', 'pay', 'send'],
    audiences: ['https://pay.example'],
    origins: ['https://app.example'],
  })
  return { app: client.id }
}
