import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createNetServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer, parseSettings } from './index.ts'
import type { Server } from './index.ts'

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

async function start(flags: Readonly<Record<string, unknown>> = {}): Promise<Server> {
  server = await createServer({
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
  expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256'])
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
