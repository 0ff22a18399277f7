/** What the adapters do with bodies: those of requests, where a demand is about them, and those of answers to be sealed. */

import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Demands } from '../demands.ts'
import { fromWebRequest, headerValues, maxBodyBytes } from '../guard-request.ts'
import type { GuardRequest } from '../guard-request.ts'
import type { Admission, Guard } from '../guard.ts'
import * as forExpress from './express.ts'
import * as forFastify from './fastify.ts'
import * as forHono from './hono.ts'
import * as forNodeHttp from './node-http.ts'

const grant = { subject: 'user-1', clientId: 'client-1', scope: [], roles: [], claims: {}, tokenId: 'token-1' }

/** Lets everything through. A demand for a scope names what it does: reads bodies, opens them (by reversal), seals answers. */
const guard: Guard = {
  forRoute:
    ({ scope }: Demands) =>
    async (request: Request | GuardRequest) => {
      const guardRequest = 'rawHeaders' in request ? request : fromWebRequest(request)
      const read = scope === 'none' ? undefined : Buffer.from(await guardRequest.readBody!())
      const body = scope === 'open' ? read?.reverse() : read
      const opened = body?.length === 0 ? undefined : 'text/plain'
      const contentType = scope === 'open' ? opened : headerValues(guardRequest, 'content-type')[0]
      const seal: Admission['seal'] = ({ status, contentType: type, body: clear }) =>
        `${status} ${type} ${Buffer.from(clear).toString('base64')}`
      return { grant, body, contentType, headers: { 'DPoP-Nonce': 'next' }, seal: scope === 'seal' ? seal : undefined }
    },
  admit: () => Promise.reject(new Error('not for adapters')),
  authenticate: () => Promise.reject(new Error('not for adapters')),
  close: () => undefined,
}

const read = { scope: 'read' }
const open = { scope: 'open' }
const none = { scope: 'none' }
const seal = { scope: 'seal' }
const binary = Buffer.from([0, 255, 10, 13])
const large = Buffer.alloc(maxBodyBytes + 1, 'a')

/**
 * `/echo` answers the body that the guard read; `/parsed` what the framework made of what the guard opened; `/unread`
 * asks for a body that no demand is about; `/left` what the framework made of a body that was left alone. Under `/sealed/`
 * lie answers of many kinds.
 */
const frameworks: Readonly<Record<string, () => Promise<RequestListener>>> = {
  'node:http': async () => {
    const { bodyOf, guarded } = forNodeHttp
    const collect = async (request: Readable) => (await text(request)) || 'nothing'
    const routes: Readonly<Record<string, ReturnType<typeof guarded>>> = {
      '/echo': guarded(guard, read, (request, response) => response.end(bodyOf(request))),
      '/parsed': guarded(guard, open, (request, response) => response.end(bodyOf(request))),
      '/unread': guarded(guard, none, (request, response) => response.end(bodyOf(request))),
      '/left': guarded(guard, none, async (request, response) => response.end(await collect(request))),
      '/sealed/json': guarded(guard, seal, (_request, response) =>
        response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': 7 }).end('{"a":1}'),
      ),
      '/sealed/binary': guarded(guard, seal, (_request, response) => {
        response.writeHead(200, 'Fine', ['Content-Type', 'application/octet-stream', 'ETag', '"abc"'])
        response.write(binary.subarray(0, 2))
        response.end(binary.subarray(2))
      }),
      '/sealed/stream': guarded(guard, seal, (_request, response) => {
        response.setHeader('Content-Type', 'text/plain')
        response.flushHeaders()
        Readable.from(['a', 'b', 'c']).pipe(response)
      }),
      '/sealed/empty': guarded(guard, seal, (_request, response) => response.writeHead(204).end()),
      '/sealed/error': guarded(guard, seal, (_request, response) => response.writeHead(500).end('oops')),
      '/sealed/large': guarded(guard, seal, (_request, response) => {
        response.end(large)
      }),
      '/sealed/encoded': guarded(guard, seal, (_request, response) =>
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x'),
      ),
    }
    return (request, response) => {
      routes[request.url ?? '']!(request, response).catch(() => response.writeHead(500).end('broken'))
    }
  },
  express: async () => {
    const { bodyOf, guarded } = forExpress
    const app = express().set('env', 'test')
    app.post('/echo', guarded(guard, read), (request, response) => response.end(bodyOf(request)))
    app.post('/parsed', guarded(guard, open), (request, response) => response.end(bodyOf(request)))
    app.post('/unread', guarded(guard, none), (request, response) => response.end(bodyOf(request)))
    app.post('/left', guarded(guard, none), express.text({ type: '*/*' }), (request, response) =>
      response.end(request.body || 'nothing'),
    )
    app.get('/sealed/json', guarded(guard, seal), (_request, response) => response.status(201).json({ a: 1 }))
    app.get('/sealed/binary', guarded(guard, seal), (_request, response) => response.send(binary))
    app.get('/sealed/stream', guarded(guard, seal), (_request, response) => {
      Readable.from(['a', 'b', 'c']).pipe(response.type('text/plain'))
    })
    app.get('/sealed/empty', guarded(guard, seal), (_request, response) => response.sendStatus(204))
    app.get('/sealed/error', guarded(guard, seal), () => {
      throw new Error('oops')
    })
    app.get('/sealed/large', guarded(guard, seal), (_request, response) => response.send(large))
    app.get('/sealed/encoded', guarded(guard, seal), (_request, response) =>
      response.set('Content-Encoding', 'gzip').send('x'),
    )
    return app
  },
  fastify: async () => {
    const { bodyOf, guardedRoute } = forFastify
    const app = Fastify({ bodyLimit: 2 * maxBodyBytes })
    app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.post('/echo', guardedRoute(guard, read), async (request) => Buffer.from(bodyOf(request)))
    app.post('/parsed', guardedRoute(guard, open), async (request) => request.body)
    app.post('/unread', guardedRoute(guard, none), async (request) => bodyOf(request))
    app.post('/left', guardedRoute(guard, none), async (request) => request.body || 'nothing')
    app.get('/sealed/json', guardedRoute(guard, seal), async (_request, reply) => reply.code(201).send({ a: 1 }))
    app.get('/sealed/binary', guardedRoute(guard, seal), async () => binary)
    app.get('/sealed/stream', guardedRoute(guard, seal), async (_request, reply) =>
      reply.type('text/plain').send(Readable.from(['a', 'b', 'c'])),
    )
    app.get('/sealed/empty', guardedRoute(guard, seal), async (_request, reply) => reply.code(204).send())
    app.get('/sealed/error', guardedRoute(guard, seal), async () => {
      throw new Error('oops')
    })
    app.get('/sealed/large', guardedRoute(guard, seal), async (_request, reply) =>
      reply.send(Readable.from([large, large])),
    )
    app.get('/sealed/encoded', guardedRoute(guard, seal), async (_request, reply) =>
      reply.header('Content-Encoding', 'gzip').send('x'),
    )
    app.get('/sealed/hijacked', guardedRoute(guard, seal), (_request, reply) => {
      reply.hijack()
      reply.raw.end('past all hooks')
    })
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  hono: async () => {
    const { bodyOf, guarded } = forHono
    const app = new Hono().onError((error, context) => context.text(error.message, 500))
    app.post('/echo', guarded(guard, read), (context) => new Response(Buffer.from(bodyOf(context))))
    app.post('/parsed', guarded(guard, open), async (context) => context.text(await context.req.text()))
    app.post('/unread', guarded(guard, none), (context) => new Response(Buffer.from(bodyOf(context))))
    app.post('/left', guarded(guard, none), async (context) => context.text((await context.req.text()) || 'nothing'))
    app.get('/sealed/json', guarded(guard, seal), (context) => context.json({ a: 1 }, 201))
    app.get('/sealed/binary', guarded(guard, seal), () => new Response(binary, { headers: { ETag: '"abc"' } }))
    app.get('/sealed/stream', guarded(guard, seal), (context) =>
      context.body(Readable.toWeb(Readable.from([Buffer.from('ab'), Buffer.from('c')])) as ReadableStream),
    )
    app.get('/sealed/empty', guarded(guard, seal), (context) => context.body(null, 204))
    app.get('/sealed/error', guarded(guard, seal), () => {
      throw new Error('oops')
    })
    app.get('/sealed/large', guarded(guard, seal), () => new Response(large))
    app.get(
      '/sealed/encoded',
      guarded(guard, seal),
      () => new Response('x', { headers: { 'Content-Encoding': 'gzip' } }),
    )
    return getRequestListener(app.fetch)
  },
}

test('fastify: what a handler writes past Fastify is sealed too', async () => {
  const server = createServer(await frameworks['fastify']!())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/sealed/hijacked`, { headers: { connection: 'close' } })
  expect(await response.text()).toBe(`200 undefined ${Buffer.from('past all hooks').toString('base64')}`)
  server.close()
})

describe.each(Object.entries(frameworks))('%s', (_name, makeListener) => {
  let server: Server
  let origin: string

  beforeAll(async () => {
    server = createServer(await makeListener())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const post = (path: string, body?: string | Uint8Array, type = 'application/json') =>
    fetch(origin + path, { method: 'POST', headers: { 'content-type': type }, body: body as BodyInit })

  const unseal = async (path: string) => {
    const response = await fetch(origin + path)
    const [status, ...rest] = (await response.text()).split(' ')
    const body = Buffer.from(rest.pop() ?? '', 'base64')
    return { response, sealed: { status: Number(status), type: rest.join(' '), body } }
  }

  test('hands the handler the bytes that the guard read', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) & 0xff))
    const response = await post('/echo', bytes, 'text/plain')
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    expect(response.headers.get('dpop-nonce')).toBe('next')
  })

  test('hands it no bytes where there are none', async () => {
    const response = await fetch(`${origin}/echo`, { method: 'POST' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test('hands the framework what the guard opened', async () => {
    expect(await (await post('/parsed', 'cba', 'application/jose')).text()).toBe('abc')
    expect((await post('/parsed', '', 'application/jose')).status).toBe(200)
  })

  test('refuses a body over the limit that says so', async () => {
    const response = await post('/echo', large, 'text/plain')
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'body_too_large' })
  })

  test('refuses a body over the limit that does not say how long it is', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`${large.length.toString(16)}\r\n`)
    socket.write(large)
    socket.write('\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(answer).toContain('body_too_large')
  })

  test('a client that goes away in the middle breaks nothing', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nabc', () =>
      socket.destroy(),
    )
    await new Promise((resolve) => socket.on('close', resolve))
    expect((await post('/echo', 'still here', 'text/plain')).status).toBe(200)
  })

  test('leaves a body alone that no demand is about', async () => {
    expect(await (await post('/left', 'abc', 'text/plain')).text()).toBe('abc')
    expect((await post('/unread', 'abc', 'text/plain')).status).toBe(500)
  })

  for (const { path, status, type, body } of [
    { path: '/sealed/json', status: 201, type: /^application\/json/, body: '{"a":1}' },
    { path: '/sealed/stream', status: 200, type: /^(text\/plain|undefined)/, body: 'abc' },
    { path: '/sealed/error', status: 500, type: /./, body: /oops/ },
  ]) {
    test(`seals ${path.slice(8)}, its status and its type`, async () => {
      const { response, sealed } = await unseal(path)
      expect(sealed).toMatchObject({ status, type: expect.stringMatching(type) })
      expect(sealed.body.toString()).toMatch(body)
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toBe('application/jose')
      expect(response.headers.get('dpop-nonce')).toBe('next')
    })
  }

  test('seals bytes, and nothing beside the seal tells of them', async () => {
    const { response, sealed } = await unseal('/sealed/binary')
    expect(sealed.body).toEqual(binary)
    expect(response.headers.get('etag')).toBeNull()
  })

  test('seals an answer without a body in one that has one', async () => {
    const { response, sealed } = await unseal('/sealed/empty')
    expect([response.status, sealed.status, sealed.body.length]).toEqual([200, 204, 0])
  })

  for (const path of ['/sealed/large', '/sealed/encoded']) {
    test(`an answer that cannot be sealed is an error of the guard’s own: ${path.slice(8)}`, async () => {
      const response = await fetch(origin + path)
      expect(response.status).toBe(500)
      expect(response.headers.get('content-encoding')).toBeNull()
      expect(response.headers.get('dpop-nonce')).toBe('next')
      expect(await response.json()).toMatchObject({ code: 'answer_unsealable' })
    })
  }
})
