/** An API tells the server what its guard refused: from the replay to the audit trail, over HTTP. */

import { hash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGuard, eventReporter, memoryReplayStore } from '@countersign/guard'
import type { GuardEvent } from '@countersign/guard'
import { afterEach, expect, test, vi } from 'vitest'
import { dpopKey } from './dpop/dpop-proof.fixture.ts'
import { createAdministration, createPasswordHasher, createServer, parseSettings, systemClock } from './index.ts'

type Fields = Readonly<Record<string, string>>

const audience = 'https://orders.example'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server with an API, a client that calls it, and the client that its guard tells events as. */
async function setUp(options: { readonly dpopBound?: boolean } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'countersign-events-'))
  closers.push(() => rm(data, { recursive: true }))
  const settings = parseSettings({ flags: { dev: true, port: 0, data, logLevel: 'silent' } })
  const server = await createServer({ settings })
  closers.push(() => server.close())
  const { store, issuer } = server
  const hasher = createPasswordHasher()
  const administration = createAdministration({ store, clock: systemClock, hasher, issuer, actor: 'operator' })
  await administration.createApi({ audience, name: 'Orders', scopes: ['orders:read'] })
  const caller = await administration.createClient({ name: 'Caller', scopes: ['orders:read'], audiences: [audience] })
  const api = await administration.createClient({
    ...{ name: 'Orders', serves: [audience], grants: ['client_credentials'], scopes: ['countersign:events'] },
    ...options,
  })
  const getToken = async (of: typeof caller, form: Fields, headers: Fields = {}): Promise<string> => {
    const authorization = `Basic ${Buffer.from(`${of.client.id}:${of.secret}`).toString('base64')}`
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    const init = { method: 'POST', headers: { authorization, ...headers }, body }
    const answer = await fetch(`${issuer}/oauth/token`, init)
    return ((await answer.json()) as { readonly access_token: string }).access_token
  }
  /** Calls the API twice with one single-use token, and answers the token. */
  const replayToken = async (onEvent: (event: GuardEvent) => void): Promise<string | undefined> => {
    const replay = memoryReplayStore({ clock: () => Date.now() / 1000 - 100 })
    const guard = createGuard({ issuer, audience, replay, onEvent })
    closers.push(() => guard.close())
    const token = await getToken(caller, { resource: audience, single_use: 'true' })
    const call = () =>
      guard.authenticate({ method: 'POST', url: '/', rawHeaders: ['Authorization', `Bearer ${token}`] })
    const { tokenId } = await call()
    await expect(call()).rejects.toMatchObject({ code: 'token_replayed' })
    return tokenId
  }
  const expectTold = async (tokenId: string | undefined): Promise<void> => {
    const events = await store.audit.list({ limit: 100 })
    expect(events.filter(({ type }) => type.startsWith('guard.'))).toMatchObject([
      {
        type: 'guard.replayed',
        actor: `client:${api.client.id}`,
        clientId: caller.client.id,
        detail: { audience, code: 'token_replayed', token_id: tokenId },
      },
    ])
  }
  return { issuer, url: `${issuer}/api/events`, api, getToken, replayToken, expectTold }
}

test('a token that comes twice to an API is in the server’s audit trail a moment later', async () => {
  const { url, api, getToken, replayToken, expectTold } = await setUp()
  const reporter = eventReporter({ url, getToken: () => getToken(api, { scope: 'countersign:events' }) })
  const tokenId = await replayToken(reporter.report)
  await reporter.close()
  await expectTold(tokenId)
  expect(reporter.dropped).toBe(0)
})

test('it is told by a client, too, that gets tokens bound to its key and no others (RFC 9449 §5.2)', async () => {
  const { issuer, url, api, getToken, replayToken, expectTold } = await setUp({ dpopBound: true })
  const key = await dpopKey()
  const options = {
    getToken: async () =>
      getToken(api, { scope: 'countersign:events' }, { dpop: await key.makeProof(`${issuer}/oauth/token`) }),
    makeProof: (token: string) => key.makeProof(url, { claims: { ath: hash('sha256', token, 'base64url') } }),
  }
  const reporter = eventReporter({ url, ...options })
  const tokenId = await replayToken(reporter.report)
  // In its first seconds the server takes no proof that it might have forgotten: the reporter comes again.
  await vi.waitFor(() => expectTold(tokenId), { timeout: 14_000, interval: 100 })
  await reporter.close()
  expect(reporter.dropped).toBe(0)
})
