import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createNetServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstEventId } from './audit/event-id.ts'
import { createServer, makeEvent, openStore, parseSettings, systemClock } from './index.ts'
import type { Server, ServerOptions } from './index.ts'

let folder: string
let server: Server | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(folder, { recursive: true })
})

async function start(
  flags: Readonly<Record<string, unknown>> = {},
  options: Partial<ServerOptions> = {},
): Promise<Server> {
  server = await createServer({
    ...options,
    settings: parseSettings({ flags: { dev: true, port: 0, data: folder, logLevel: 'silent', ...flags } }),
  })
  return server
}

test('with port 0 the issuer is the address that it listens on, in every document', async () => {
  const { url, issuer } = await start()
  expect(issuer).toBe(url)
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const metadata = await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json()
  expect(metadata).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` })
})

test('becomes ready, and then publishes a key of each algorithm', async () => {
  const { url } = await start()
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: readonly { alg: string }[] }
  expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'ES256', 'RS256'])
  const ready = await fetch(`${url}/health/ready`)
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
})

test('starts again on the same data: the same keys, the built-in client once', async () => {
  const first = await start()
  const before = await first.keys.jwks()
  await first.close()
  const second = await start()
  expect(await second.keys.jwks()).toEqual(before)
  expect(await second.store.clients.list()).toMatchObject([
    {
      id: 'countersign-cli',
      authentication: 'none',
      firstParty: true,
      origins: [],
      audiences: [],
      scopes: ['openid', 'profile', 'email', 'offline_access'],
    },
  ])
})

for (const { flags, kept } of [
  { flags: { auditRetention: '2', refusalCountRetention: '2' }, kept: { events: [], counts: [] } },
  { flags: { auditRetention: '4', refusalCountRetention: '2' }, kept: { events: ['test.old'], counts: [] } },
  { flags: { auditRetention: '2', refusalCountRetention: 'forever' }, kept: { events: [], counts: ['old'] } },
]) {
  test(`what is older than ${JSON.stringify(flags)} is deleted while the server runs`, async () => {
    const old = systemClock() - 3 * 86_400
    const before = await openStore({ dataFolder: folder })
    const event = makeEvent(() => old, { type: 'test.old', actor: 'system' })
    await before.audit.appendAll([{ ...event, id: firstEventId(old) }])
    await before.audit.countRefusals([{ minute: old - (old % 60), reason: 'old', count: 1 }])
    await before.close()
    const { store } = await start(flags, { sweepEveryMs: 20 })
    const left = async () => ({
      events: (await store.audit.list({ limit: 100 })).map(({ type }) => type).filter((type) => type === 'test.old'),
      counts: (await store.audit.listRefusals(0)).map(({ reason }) => reason),
    })
    await expect.poll(left).toEqual(kept)
    expect((await store.audit.list({ limit: 1, newest: true })).length).toBe(1)
  })
}

test('every slice is wired: a user registers, signs in, is known, signs out', async () => {
  const { url } = await start()
  const verifier = 'v'.repeat(43)
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url')
  const user = { username: 'alice', password: 'correct horse battery' }
  const registered = await fetch(`${url}/api/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  })
  expect([registered.status, await registered.json()]).toEqual([201, { id: expect.any(String), username: 'alice' }])

  const post = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: 'countersign-cli', ...form })
    const response = await fetch(url + path, { method: 'POST', body })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, string>> }
  }
  const challenged = await post('/oauth/authorize-challenge', {
    ...user,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  })
  expect(challenged).toMatchObject({ status: 200, body: { authorization_code: expect.stringMatching(/^cs_ac_/) } })

  const code = challenged.body['authorization_code'] ?? ''
  const issued = await post('/oauth/token', { grant_type: 'authorization_code', code, code_verifier: verifier })
  expect(issued).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 300 } })

  const authorization = `Bearer ${issued.body['access_token']}`
  const userinfo = async () => fetch(`${url}/oauth/userinfo`, { headers: { authorization } })
  expect(await (await userinfo()).json()).toMatchObject({ preferred_username: 'alice' })

  expect(await post('/oauth/revoke', { token: issued.body['refresh_token'] ?? '' })).toMatchObject({ status: 200 })
  const refused = await userinfo()
  expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_token' })])
})

test('a port that is taken is refused by the name of its setting, and nothing stays open', async () => {
  const other = createNetServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  await expect(start({ port })).rejects.toMatchObject({ code: 'settings_refused', problems: [{ name: '--port' }] })
  await new Promise((resolve) => other.close(resolve))
  expect((await start({ port })).url).toBe(`http://127.0.0.1:${port}`)
})

test('closing twice is closing once', async () => {
  const { url, close } = await start()
  await Promise.all([close(), close()])
  await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed')
})
