/** What a revocation at the server does to APIs that know it by its status lists only: all over HTTP, in real time. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGuard, GuardError } from '@countersign/guard'
import type { Guard } from '@countersign/guard'
import { afterEach, expect, test } from 'vitest'
import {
  createAdministration,
  createPasswordHasher,
  createServer,
  makeEvent,
  parseSettings,
  systemClock,
} from './index.ts'
import type { Server } from './index.ts'

const audience = 'https://orders.example'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server that has an API and a client of it. */
async function setUp() {
  const data = await mkdtemp(join(tmpdir(), 'countersign-revocation-'))
  closers.push(() => rm(data, { recursive: true }))
  const start = async (flags: Readonly<Record<string, unknown>> = {}): Promise<Server> => {
    const settings = parseSettings({ flags: { dev: true, port: 0, data, logLevel: 'silent', ...flags } })
    const server = await createServer({ settings })
    closers.push(() => server.close())
    return server
  }
  const server = await start()
  const { store, issuer } = server
  const hasher = createPasswordHasher()
  const administration = createAdministration({ store, clock: systemClock, hasher, issuer, actor: 'operator' })
  await administration.createApi({ audience, name: 'Orders', scopes: ['orders:read'] })
  const { client, secret } = await administration.createClient({
    ...{ name: 'Reporter', scopes: ['orders:read'], audiences: [audience] },
  })
  const authorization = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`
  const post = (path: string, form: Readonly<Record<string, string>>) =>
    fetch(`${issuer}${path}`, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) })
  const getToken = async (): Promise<string> => {
    const answer = await post('/oauth/token', { grant_type: 'client_credentials', resource: audience })
    return ((await answer.json()) as { readonly access_token: string }).access_token
  }
  return { server, start, client, getToken, revoke: (token: string) => post('/oauth/revoke', { token }) }
}

/** An API that asks `server` for everything, whoever the issuer is. */
function guardOf(issuer: string, server: { readonly url: string }): Guard {
  const ask: typeof fetch = (url, init) => fetch((url as string).replace(issuer, server.url), init)
  const guard = createGuard({ issuer, audience, status: 'required', fetch: ask })
  closers.push(() => guard.close())
  return guard
}

async function outcomeOf(guard: Guard, token: string): Promise<string> {
  const rawHeaders = ['Authorization', `Bearer ${token}`]
  try {
    await guard.authenticate({ method: 'GET', url: '/', rawHeaders })
    return 'admitted'
  } catch (error) {
    if (error instanceof GuardError) return error.code
    throw error
  }
}

test('APIs refuse a revoked token within two seconds, whichever server of the store they ask, and other tokens go on', async () => {
  const { server, start, getToken, revoke } = await setUp()
  const second = await start({ issuer: server.issuer })
  const guards = [guardOf(server.issuer, server), guardOf(server.issuer, second)]
  const [token, other] = [await getToken(), await getToken()]
  for (const guard of guards) expect(await outcomeOf(guard, token)).toBe('admitted')
  expect((await revoke(token)).status).toBe(200)
  const revokedAt = performance.now()
  for (const guard of guards) {
    await expect.poll(() => outcomeOf(guard, token), { timeout: 5000, interval: 10 }).toBe('token_revoked')
    expect(await outcomeOf(guard, other)).toBe('admitted')
  }
  expect(performance.now() - revokedAt).toBeLessThan(2000)
})

test('a token of a client that was deleted is refused, also by an API that sees it for the first time', async () => {
  const { server, client, getToken } = await setUp()
  const token = await getToken()
  const deleted = makeEvent(systemClock, { type: 'client.deleted', actor: 'operator' })
  await server.store.clients.delete(client.id, systemClock(), deleted)
  const guard = guardOf(server.issuer, server)
  await expect.poll(() => outcomeOf(guard, token), { timeout: 5000 }).toBe('token_revoked')
})

test('in an outage the last list serves: no token is refused, nor a revoked one taken', async () => {
  const { server, getToken, revoke } = await setUp()
  const guard = guardOf(server.issuer, server)
  const [token, other] = [await getToken(), await getToken()]
  await revoke(token)
  await expect.poll(() => outcomeOf(guard, token), { timeout: 5000 }).toBe('token_revoked')
  await server.close()
  expect([await outcomeOf(guard, token), await outcomeOf(guard, other)]).toEqual(['token_revoked', 'admitted'])
})
