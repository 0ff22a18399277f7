/** The client in Node, against a real server and a guarded API: what each promises the other holds on the wire. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage } from '@countersign/client'
import type { Client, ClientOptions, ClientStorage } from '@countersign/client'
import { createClient, fileStorage } from '@countersign/client/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { startSilentProxy } from './client/silent-proxy.ts'
import { call, refresh } from './harness/client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const audience = 'https://shop.example'
const alice = { username: 'alice', password: 'a-long-password-of-hers' }
const hour = 3600

let stage: Stage
let server: ServerProcess
let api: Api
let clientId: string
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-client-e2e-'))
  stage = await openStage()
  server = await stage.serve()
  clientId = await stage.administer(server.url, async (administration) => {
    await administration.createUser(alice)
    await administration.createApi({ audience, scopes: ['read', 'pay'] })
    const { client } = await administration.createClient({
      name: 'Shop',
      ...{ public: true, firstParty: true, audiences: [audience], scopes: ['openid', 'read', 'pay'] },
    })
    return client.id
  })
  api = await startApi(
    {
      '/read': { scope: 'read' },
      '/pay': { scope: 'pay', singleUse: true, proof: 'dpop' },
    },
    { issuer: server.url, audience, dpopNonce: 'required' },
  )
})
afterAll(async () => {
  await api.close()
  await stage.close()
  await rm(folder, { recursive: true })
})

/** What the client sent and how it was answered, and a way to break the line. */
function openLine() {
  const sent: { readonly path: string; readonly headers: Headers; readonly body: unknown; readonly status: number }[] =
    []
  const line = {
    sent,
    /** Loses the answer of the next request to this path. */
    losesAnswerOf: undefined as string | undefined,
    fetch: async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const { pathname: path } = new URL(url as string)
      const answer = await fetch(url, init)
      sent.push({ path, headers: new Headers(init?.headers), body: init?.body, status: answer.status })
      if (path !== line.losesAnswerOf) return answer
      line.losesAnswerOf = undefined
      throw new TypeError('fetch failed')
    },
  }
  return line
}

async function signedIn(options: Partial<ClientOptions> = {}): Promise<Client> {
  const client = createClient({ issuer: server.url, clientId, storage: memoryStorage(), ...options })
  const step = await client.signIn.password({ ...alice, resource: audience, scope: 'openid read pay' })
  expect(step.status).toBe('signed-in')
  return client
}

/** As if the access token had been bought five minutes ago. */
async function expireTokens(storage: ClientStorage): Promise<void> {
  const name = `${server.url} ${clientId} ${audience}`
  await storage.exclusively(name, async () => {
    const session = await storage.read(name)
    const accessToken = { ...session!.accessToken, expiresAt: 0 }
    await storage.write(name, { ...session!, accessToken })
  })
}

const read = (client: Client, options: Parameters<Client['fetch']>[1] = {}) =>
  client.fetch(`${api.url}/read`, { resource: audience, ...options })

test('signs in, calls with proofs and nonces, pays with tokens that are good once', async () => {
  const line = openLine()
  const client = await signedIn({ fetch: line.fetch })
  const answers = [await read(client), await read(client, { method: 'POST', body: 'hello' })]
  expect(await Promise.all(answers.map(async (answer) => (await answer.json()) as object))).toMatchObject([
    { subject: (await client.session(audience))?.user?.subject, body: '' },
    { body: 'hello' },
  ])
  const pay = () =>
    client.fetch(`${api.url}/pay`, {
      ...{ method: 'POST', body: '5', singleUse: true, resource: audience },
      headers: { 'idempotency-key': crypto.randomUUID() },
    })
  const paid = [await pay(), await pay()].map(({ status }) => status)
  expect(paid).toEqual([200, 200])
  const tokens = line.sent.filter(({ path }) => path === '/pay').map(({ headers }) => headers.get('authorization'))
  expect(new Set(tokens).size).toBe(2)
})

test('tokens that are stolen are worth nothing without the key', async () => {
  const storage = memoryStorage()
  await signedIn({ storage })
  const [session] = await storage.list()
  expect((await call(`${api.url}/read`, session!.accessToken.text)).body).toMatchObject({ code: 'dpop_proof_required' })
  expect((await refresh(server.url, session!.refreshToken ?? '', { client_id: clientId })).status).toBe(400)
})

test('a clock that is wrong by an hour, either way, keeps nobody out', async () => {
  for (const aheadSeconds of [hour, -hour]) {
    const client = await signedIn({ clock: () => Math.floor(Date.now() / 1000) + aheadSeconds })
    expect((await read(client)).status).toBe(200)
    expect((await read(client)).status).toBe(200)
  }
})

describe('refreshing', () => {
  test('many calls at once refresh once', async () => {
    const storage = memoryStorage()
    const line = openLine()
    const client = await signedIn({ storage, fetch: line.fetch })
    await expireTokens(storage)
    line.sent.length = 0
    const answers = await Promise.all(Array.from({ length: 10 }, () => read(client)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(line.sent.filter(({ path }) => path === '/oauth/token')).toHaveLength(1)
  })

  test('an answer that was lost is asked for again, and the session goes on', async () => {
    const storage = memoryStorage()
    const line = openLine()
    const client = await signedIn({ storage, fetch: line.fetch })
    await expireTokens(storage)
    line.sent.length = 0
    line.losesAnswerOf = '/oauth/token'
    expect((await read(client)).status).toBe(200)
    const exchanges = line.sent.filter(({ path }) => path === '/oauth/token')
    expect(exchanges.map(({ status }) => status)).toEqual([200, 200])
    expect(String(exchanges[0]?.body)).toBe(String(exchanges[1]?.body))
    await expireTokens(storage)
    expect((await read(client)).status).toBe(200)
  })

  test('an answer that never comes is given up while it can be asked for again, and the session goes on', async () => {
    const proxy = await startSilentProxy(server.url)
    const storage = memoryStorage()
    const client = await signedIn({ storage, fetch: proxy.fetch })
    await expireTokens(storage)
    proxy.answered.length = 0
    proxy.swallow('/oauth/token')
    expect((await read(client)).status).toBe(200)
    expect(proxy.answered).toEqual([1, 2].map(() => ({ path: '/oauth/token', status: 200 })))
    await expireTokens(storage)
    expect((await read(client)).status).toBe(200)
    await proxy.close()
  })

  test('a session that was ended at the server is ended here: session_ended', async () => {
    const storage = memoryStorage()
    const client = await signedIn({ storage })
    const [session] = await storage.list()
    const form = new URLSearchParams({ client_id: clientId, token: session!.refreshToken ?? '' })
    expect((await fetch(`${server.url}/oauth/revoke`, { method: 'POST', body: form })).status).toBe(200)
    await expireTokens(storage)
    await expect(read(client)).rejects.toMatchObject({ code: 'session_ended' })
    expect(await storage.list()).toEqual([])
    await expect(read(client)).rejects.toMatchObject({ code: 'not_signed_in' })
  })
})

test('a session in a file goes on in another process, and after a restart of the server', async () => {
  const path = join(folder, 'session.json')
  await signedIn({ storage: fileStorage(path) })
  await expireTokens(fileStorage(path))
  const { port } = server
  await server.stop()
  server = await stage.serve({ port })
  const client = createClient({ issuer: server.url, clientId, storage: fileStorage(path) })
  expect((await read(client)).status).toBe(200)
  expect(await client.signOut()).toBe('ended')
})

test('whoever signs out while the server is down is out all the same, and told', async () => {
  const storage = memoryStorage()
  const client = await signedIn({ storage })
  const { port } = server
  await server.stop()
  expect(await client.signOut()).toBe('ended-here-only')
  expect(await storage.list()).toEqual([])
  server = await stage.serve({ port })
})

test('whoever signs out and gets no answer is out all the same, and told', async () => {
  const proxy = await startSilentProxy(server.url)
  const storage = memoryStorage()
  const client = await signedIn({ storage, fetch: proxy.fetch })
  proxy.swallow('/oauth/revoke')
  expect(await client.signOut()).toBe('ended-here-only')
  expect(await storage.list()).toEqual([])
  await proxy.close()
})

describe('signing in again', () => {
  test('ends the session that it replaces, whose key is in nobody’s hands, and that one only', async () => {
    const storage = memoryStorage()
    const client = await signedIn({ storage })
    await client.signIn.password({ ...alice, scope: 'openid' })
    const copies = memoryStorage()
    for (const session of await storage.list()) {
      await copies.write(`${server.url} ${clientId} ${session.resource}`, session)
    }
    await signedIn({ storage })
    const thief = createClient({ issuer: server.url, clientId, storage: copies })
    expect((await thief.fetch(`${server.url}/oauth/userinfo`)).status).toBe(200)
    await expireTokens(copies)
    await expect(read(thief)).rejects.toMatchObject({ code: 'session_ended' })
    await expireTokens(storage)
    expect((await read(client)).status).toBe(200)
  })

  test('ends nobody’s sign-in where the server loses the answer', async () => {
    const proxy = await startSilentProxy(server.url)
    const storage = memoryStorage()
    await signedIn({ storage })
    proxy.swallow('/oauth/revoke')
    const client = await signedIn({ storage, fetch: proxy.fetch })
    expect(proxy.answered.at(-1)).toEqual({ path: '/oauth/revoke', status: 200 })
    expect((await read(client)).status).toBe(200)
    await proxy.close()
  })
})

test('wrong passwords are refused by their code, and nothing is kept', async () => {
  const storage = memoryStorage()
  const client = createClient({ issuer: server.url, clientId, storage })
  await expect(client.signIn.password({ ...alice, password: 'wrong' })).rejects.toMatchObject({
    code: 'credentials_refused',
  })
  const step = await client.signIn.start({ resource: audience })
  if (step.status !== 'challenge') throw new Error('expected a challenge')
  expect(step.challenge.methods).toEqual(['password'])
  await expect(step.challenge.respond({ ...alice, password: 'wrong' })).rejects.toMatchObject({
    code: 'credentials_refused',
  })
  expect(await storage.list()).toEqual([])
  expect((await step.challenge.respond(alice)).status).toBe('signed-in')
  await expect(client.signIn.password({ ...alice, resource: 'https://other.example' })).rejects.toMatchObject({
    code: 'sign_in_refused',
    serverCode: 'invalid_target',
  })
})
