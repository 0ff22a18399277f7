/**
 * What has ended is refused by APIs that never ask the server about a token: they keep its status list.
 * In real time, with real servers.
 */

import { randomUUID } from 'node:crypto'
import type { Administration } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { buyCode, call, postForm, redeem, refresh, tokensOf } from './harness/client.ts'
import type { Tokens } from './harness/client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const orders = 'https://orders.example'
const app = 'orders-app'
const alice = { username: 'alice', password: randomUUID() }
/** What guards promise, and some time for a machine that is busy. */
const promisedMs = 2000
const marginMs = 1000

let stage: Stage
let issuer: string
/** Two on one store; guards ask the first. */
let servers: ServerProcess[]
let api: Api
/** What the guard asks of the server. */
let asked: string[]
beforeAll(async () => {
  stage = await openStage()
  servers = [await stage.serve()]
  issuer = servers[0]!.url
  servers.push(await stage.serve({ issuer }))
  await stage.administer(issuer, async (administration) => {
    await administration.createUser(alice)
    await administration.createApi({ audience: orders, scopes: ['orders:read'] })
    await administration.createClient({
      ...{ name: 'Orders', id: app, public: true, firstParty: true },
      ...{ scopes: ['orders:read'], audiences: [orders] },
    })
  })
  asked = []
  const listening: typeof fetch = (input, init) => {
    asked.push(new URL(input instanceof Request ? input.url : input).pathname)
    return fetch(input, init)
  }
  const routes = { '/orders': { scope: 'orders:read' } }
  api = await startApi(routes, { issuer, audience: orders, status: 'required', fetch: listening })
})
afterAll(async () => {
  await api.close()
  await stage.close()
})

describe('within two seconds an API refuses the access token', () => {
  for (const { what, end } of [
    { what: 'of a sign-out at its server', end: ({ refreshToken }: Tokens) => signOut(0, refreshToken) },
    { what: 'of a sign-out at the other server', end: ({ refreshToken }: Tokens) => signOut(1, refreshToken) },
    {
      what: 'of a family whose refresh token was used twice',
      end: async ({ refreshToken }: Tokens) => {
        const form = { client_id: app }
        expect((await refresh(issuer, refreshToken, form)).status).toBe(200)
        expect((await refresh(issuer, refreshToken, form)).status).toBe(400)
      },
    },
    {
      what: 'of somebody who got another password',
      end: () => administer((administration) => administration.setPassword(alice.username, alice.password)),
    },
    {
      what: 'of somebody whom an administrator signed out',
      end: () => administer((administration) => administration.signOut(alice.username)),
    },
  ]) {
    test(what, async () => {
      const tokens = await signIn()
      const bystander = await signInAsBystander()
      expect((await order(tokens)).status).toBe(200)
      await end(tokens)
      const endedAt = performance.now()
      await vi.waitFor(async () => expect((await order(tokens)).status).toBe(401), {
        timeout: promisedMs + marginMs,
        interval: 20,
      })
      console.info(`refused ${Math.round(performance.now() - endedAt)} ms after the end ${what}`)
      expect((await order(tokens)).body).toMatchObject({ code: 'token_revoked' })
      for (let more = 0; more < 5; more++) expect((await order(tokens)).status).toBe(401)
      expect((await order(bystander)).status).toBe(200)
    })
  }
})

test('no call of a client makes the API ask the server: it asks for keys and lists, in its own time', async () => {
  const tokens = await signIn()
  expect((await order(tokens)).status).toBe(200)
  asked.length = 0
  const startedAt = performance.now()
  let calls = 0
  for (; performance.now() - startedAt < 3000; calls++) expect((await order(tokens)).status).toBe(200)
  expect(calls).toBeGreaterThan(100)
  expect(asked.filter((path) => path !== '/oauth/status/0' && path !== '/.well-known/jwks.json')).toEqual([])
  expect(asked.length).toBeLessThan(10)
})

test('kill -9 just after a sign-out has returned: refused when the server is back', async () => {
  const tokens = await signIn()
  expect((await order(tokens)).status).toBe(200)
  await signOut(1, tokens.refreshToken)
  await Promise.all(servers.map((server) => server.kill()))
  servers = [await stage.serve({ port: servers[0]!.port, issuer })]
  await vi.waitFor(async () => expect((await order(tokens)).body).toMatchObject({ code: 'token_revoked' }), {
    timeout: promisedMs + marginMs,
    interval: 20,
  })
  expect((await order(await signIn())).status).toBe(200)
})

async function signIn(person = alice): Promise<Tokens> {
  const bought = await buyCode(issuer, person, { client_id: app, resource: orders, scope: 'orders:read' })
  return tokensOf(await redeem(issuer, bought, { client_id: app }))
}

async function signInAsBystander(): Promise<Tokens> {
  const person = { username: `by-${randomUUID().slice(0, 8)}`, password: randomUUID() }
  await administer((administration) => administration.createUser(person))
  return signIn(person)
}

async function signOut(server: number, token: string): Promise<void> {
  const { status } = await postForm(`${servers[server]!.url}/oauth/revoke`, { client_id: app, token })
  expect(status).toBe(200)
}

function administer(act: (administration: Administration) => Promise<unknown>): Promise<unknown> {
  return stage.administer(issuer, act)
}

function order({ accessToken }: Tokens): ReturnType<typeof call> {
  return call(`${api.url}/orders`, accessToken)
}
