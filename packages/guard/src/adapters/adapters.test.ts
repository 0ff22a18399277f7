import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Demands } from '../demands.ts'
import { audience, issuer, makeKey, mintAccessToken, noon } from '../guard.fixture.ts'
import { createGuard } from '../guard.ts'
import type { Guard } from '../guard.ts'
import * as forExpress from './express.ts'
import * as forFastify from './fastify.ts'
import * as forHono from './hono.ts'
import * as forNodeHttp from './node-http.ts'

/**
 * An API with three routes: `/read` and `/pay`, which answer the grant's subject and token, and `/open`, which has no
 * guard in front and asks for a grant all the same.
 */
const frameworks: Readonly<Record<string, (guard: Guard) => Promise<RequestListener>>> = {
  'node:http': async (guard) => {
    const answer: forNodeHttp.GuardedHandler = (_request, response, { subject, tokenId }) =>
      response.end(JSON.stringify({ subject, tokenId }))
    const read = forNodeHttp.guarded(guard, { scope: 'read' }, answer)
    const pay = forNodeHttp.guarded(guard, { singleUse: true }, answer)
    return (request, response) => {
      if (request.url === '/open') response.writeHead(500).end()
      else void (request.url?.startsWith('/read') ? read : pay)(request, response)
    }
  },
  fastify: async (guard) => {
    const app = Fastify()
    const { guarded, grantOf } = forFastify
    app.get('/read', { preHandler: guarded(guard, { scope: 'read' }) }, async (request) => pick(grantOf(request)))
    app.post('/pay', { preHandler: guarded(guard, { singleUse: true }) }, async (request) => pick(grantOf(request)))
    app.get('/open', async (request) => pick(grantOf(request)))
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  express: async (guard) => {
    const app = express().set('env', 'test')
    const { guarded, grantOf } = forExpress
    app.get('/read', guarded(guard, { scope: 'read' }), (request, response) => response.json(pick(grantOf(request))))
    app.post('/pay', guarded(guard, { singleUse: true }), (request, response) => response.json(pick(grantOf(request))))
    app.get('/open', (request, response) => response.json(pick(grantOf(request))))
    return app
  },
  hono: async (guard) => {
    const app = new Hono().onError((_error, context) => context.body(null, 500))
    const { guarded, grantOf } = forHono
    app.get('/read', guarded(guard, { scope: 'read' }), (context) => context.json(pick(grantOf(context))))
    app.post('/pay', guarded(guard, { singleUse: true }), (context) => context.json(pick(grantOf(context))))
    app.get('/open', (context) => context.json(pick(grantOf(context))))
    return getRequestListener(app.fetch)
  },
}

function pick({ subject, tokenId }: { readonly subject: string; readonly tokenId: string }): object {
  return { subject, tokenId }
}

const key = await makeKey('k1')
const token = mintAccessToken(key)

describe.each(Object.entries(frameworks))('%s', (_name, makeListener) => {
  let server: Server
  let port: number

  beforeAll(async () => {
    let born = false
    const clock = (): number => (born ? noon : noon - 1000)
    const guard = createGuard({ issuer, audience, keys: () => [key], replay: 'memory-one-process', clock })
    born = true
    server = createServer(await makeListener(guard))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })

  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const send = async (path: string, init: RequestInit = {}): Promise<object> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    const challenge = response.headers.get('www-authenticate')
    const type = response.headers.get('content-type')
    const body = await response.text()
    return { status: response.status, challenge, type, body: body.startsWith('{') ? JSON.parse(body) : body }
  }

  /** Sends header lines as they are, and answers all that comes back. */
  const sendRaw = async (path: string, ...lines: readonly string[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    socket.end([`GET ${path} HTTP/1.1`, 'Host: api.example', 'Connection: close', ...lines, '', ''].join('\r\n'))
    return text(socket)
  }

  test('lets a good token through and hands its grant to the handler', async () => {
    const answer = await send('/read', { headers: { authorization: `bearer ${token}` } })
    expect(answer).toMatchObject({ status: 200, challenge: null, body: { subject: 'user-1', tokenId: 'token-1' } })
  })

  test('answers a request without a token with the bare challenge', async () => {
    expect(await send('/read')).toEqual({
      status: 401,
      challenge: 'Bearer',
      type: expect.stringMatching(/^application\/problem\+json(;|$)/),
      body: {
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        code: 'missing_token',
        detail: 'an access token is required',
      },
    })
  })

  test('takes no token from the query', async () => {
    const answer = await send(`/read?access_token=${token}`)
    expect(answer).toMatchObject({ status: 401, challenge: 'Bearer', body: { code: 'missing_token' } })
  })

  test('answers a demand that is not met with its challenge', async () => {
    const headers = { authorization: `Bearer ${mintAccessToken(key, { scope: 'write' })}` }
    expect(await send('/read', { headers })).toMatchObject({
      status: 403,
      challenge:
        'Bearer error="insufficient_scope", error_description="the token lacks a scope that is demanded here", scope="read"',
      body: { code: 'insufficient_scope' },
    })
  })

  test('lets a single-use token through once', async () => {
    const headers = { authorization: `Bearer ${mintAccessToken(key, { single_use: true, jti: 'once' })}` }
    const answers = [await send('/pay', { method: 'POST', headers }), await send('/pay', { method: 'POST', headers })]
    expect(answers).toMatchObject([
      { status: 200, body: { tokenId: 'once' } },
      {
        status: 401,
        challenge: 'Bearer error="invalid_token", error_description="the token has been used"',
        body: { code: 'token_replayed' },
      },
    ])
  })

  for (const { name, lines } of [
    { name: 'the same twice', lines: [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`] },
    { name: 'a good one first', lines: [`Authorization: Bearer ${token}`, 'authorization: Bearer x'] },
    { name: 'a good one last', lines: ['AUTHORIZATION: Bearer x', `Authorization: Bearer ${token}`] },
  ]) {
    test(`refuses two Authorization headers: ${name}`, async () => {
      const answer = await sendRaw('/read', ...lines)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).toMatch(/\r\nwww-authenticate: Bearer error="invalid_request", error_description="[^"]+"\r\n/i)
      expect(answer).toContain('"code":"invalid_request"')
    })
  }

  test('lets the one header through that a raw socket sends', async () => {
    expect(await sendRaw('/read', `Authorization: Bearer ${token}`)).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('a handler that was left unguarded gets no grant', async () => {
    const headers = { authorization: `Bearer ${token}` }
    expect(await send('/open', { headers })).toMatchObject({ status: 500 })
  })
})

test('express: a refusal that comes after the answer is handed on, not thrown', async () => {
  const guard = createGuard({ issuer, audience, keys: () => [key] })
  let handedOn: unknown
  const middleware = forExpress.guarded(guard)
  const app = express().use((request, response) => {
    response.status(503).end('too late')
    void middleware(request, response, (error) => (handedOn = error)).finally(() => server.close())
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const closed = once(server, 'close')
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { connection: 'close' } })
  await closed
  expect(handedOn).toMatchObject({ name: 'GuardError', code: 'missing_token' })
})

test('demands that make no sense are refused where the route is made, not when it is called', () => {
  const guard = createGuard({ issuer, audience, keys: () => [] })
  const demands = { scopes: 'read' } as Demands
  expect(() => forNodeHttp.guarded(guard, demands, () => undefined)).toThrow(TypeError)
  for (const { guarded } of [forFastify, forExpress, forHono]) expect(() => guarded(guard, demands)).toThrow(TypeError)
})
