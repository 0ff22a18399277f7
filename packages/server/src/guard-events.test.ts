/** An API tells the server what its guard refused: from the replay to the audit trail, over HTTP. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGuard, eventReporter, memoryReplayStore } from '@countersign/guard'
import { afterEach, expect, test } from 'vitest'
import { createAdministration, createPasswordHasher, createServer, parseSettings, systemClock } from './index.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

test('a token that comes twice to an API is in the server’s audit trail a moment later', async () => {
  const data = await mkdtemp(join(tmpdir(), 'countersign-events-'))
  closers.push(() => rm(data, { recursive: true }))
  const settings = parseSettings({ flags: { dev: true, port: 0, data, logLevel: 'silent' } })
  const server = await createServer({ settings })
  closers.push(() => server.close())
  const { store, issuer } = server
  const audience = 'https://orders.example'
  const hasher = createPasswordHasher()
  const administration = createAdministration({ store, clock: systemClock, hasher, issuer, actor: 'operator' })
  await administration.createApi({ audience, name: 'Orders', scopes: ['orders:read'] })
  const caller = await administration.createClient({ name: 'Caller', scopes: ['orders:read'], audiences: [audience] })
  const api = await administration.createClient({
    ...{ name: 'Orders', serves: [audience], grants: ['client_credentials'], scopes: ['countersign:events'] },
  })
  const getToken = async (of: typeof caller, form: Readonly<Record<string, string>>): Promise<string> => {
    const authorization = `Basic ${Buffer.from(`${of.client.id}:${of.secret}`).toString('base64')}`
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    const answer = await fetch(`${issuer}/oauth/token`, { method: 'POST', headers: { authorization }, body })
    return ((await answer.json()) as { readonly access_token: string }).access_token
  }

  const reporter = eventReporter({
    url: `${issuer}/api/events`,
    getToken: () => getToken(api, { scope: 'countersign:events' }),
  })
  const replay = memoryReplayStore({ clock: () => Date.now() / 1000 - 100 })
  const guard = createGuard({ issuer, audience, replay, onEvent: reporter.report })
  closers.push(() => guard.close())
  const token = await getToken(caller, { resource: audience, single_use: 'true' })
  const call = () => guard.authenticate({ method: 'POST', url: '/', rawHeaders: ['Authorization', `Bearer ${token}`] })
  const { tokenId } = await call()
  await expect(call()).rejects.toMatchObject({ code: 'token_replayed' })
  await reporter.close()

  const events = await store.audit.list({ limit: 100 })
  expect(events.filter(({ type }) => type.startsWith('guard.'))).toMatchObject([
    {
      type: 'guard.replayed',
      actor: `client:${api.client.id}`,
      clientId: caller.client.id,
      detail: { audience, code: 'token_replayed', token_id: tokenId },
    },
  ])
  expect(reporter.dropped).toBe(0)
})
