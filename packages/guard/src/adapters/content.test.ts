/** Signed and sealed requests through every adapter, over real sockets: what arrives, and what leaves. */

import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey } from '../guard.fixture.ts'
import { maxBodyBytes } from '../guard-request.ts'
import type { GuardRequest } from '../guard-request.ts'
import type { Guard } from '../guard.ts'
import { openAnswer, sealRequest } from '../proofs/sealed/sealed.fixture.ts'
import type { SealChanges } from '../proofs/sealed/sealed.fixture.ts'
import { mintSessionToken, sessionKey, setUpSessionGuard } from '../proofs/session-keys.fixture.ts'
import { signRequest, withField } from '../proofs/signature/signature.fixture.ts'
import * as forExpress from './express.ts'
import * as forFastify from './fastify.ts'
import * as forHono from './hono.ts'
import * as forNodeHttp from './node-http.ts'

const issuerKey = await makeKey('k1')
const token = mintSessionToken(issuerKey)
const sealed = { sealed: true }
const signed = { proof: 'signature' } as const
/** What must not be seen on the way. */
const secret = 'the amount is a secret'

/**
 * `/sealed` and `/signed` answer the body that they got, with its type, and status 201; `/sealed/nothing` answers
 * nothing, and `/sealed/error` an error of the handler's. `/sealed/type` and `/signed/type` answer the type that the
 * framework's own request says.
 */
const frameworks: Readonly<Record<string, (guard: Guard) => Promise<RequestListener>>> = {
  'node:http': async (guard) => {
    const { bodyOf, guarded } = forNodeHttp
    const echo: forNodeHttp.GuardedHandler = (request, response) =>
      response.writeHead(201, { 'Content-Type': 'text/x-echo' }).end(bodyOf(request))
    const routes: Readonly<Record<string, RequestListener>> = {
      '/sealed': guarded(guard, sealed, echo),
      '/signed': guarded(guard, signed, echo),
      '/sealed/type': guarded(guard, sealed, (request, response) => response.end(request.headers['content-type'])),
      '/signed/type': guarded(guard, signed, (request, response) => response.end(request.headers['content-type'])),
      '/sealed/nothing': guarded(guard, sealed, (_request, response) => response.writeHead(204).end()),
      '/sealed/error': guarded(guard, sealed, (_request, response) => response.writeHead(500).end(secret)),
    }
    return (request, response) => routes[request.url ?? '']?.(request, response)
  },
  express: async (guard) => {
    const { bodyOf, guarded } = forExpress
    const app = express().set('env', 'test')
    app.all('/sealed', guarded(guard, sealed), (request, response) => {
      response
        .status(201)
        .type('text/x-echo')
        .send(Buffer.from(bodyOf(request)))
    })
    app.all('/signed', guarded(guard, signed), (request, response) => {
      response
        .status(201)
        .type('text/x-echo')
        .send(Buffer.from(bodyOf(request)))
    })
    app.post('/sealed/type', guarded(guard, sealed), (request, response) => response.end(request.get('content-type')))
    app.post('/signed/type', guarded(guard, signed), (request, response) => response.end(request.get('content-type')))
    app.get('/sealed/nothing', guarded(guard, sealed), (_request, response) => response.sendStatus(204))
    app.post('/sealed/error', guarded(guard, sealed), () => {
      throw new Error(secret)
    })
    return app
  },
  fastify: async (guard) => {
    const { bodyOf, guardedRoute } = forFastify
    const app = Fastify()
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    const method = ['GET', 'POST', 'PUT']
    for (const [url, demands] of [
      ['/sealed', sealed],
      ['/signed', signed],
    ] as const) {
      app.route({
        ...guardedRoute(guard, demands),
        method,
        url,
        handler: async (request, reply) =>
          reply
            .code(201)
            .type('text/x-echo')
            .send(Buffer.from(bodyOf(request))),
      })
    }
    app.post('/sealed/type', guardedRoute(guard, sealed), async (request) => request.headers['content-type'] ?? '')
    app.post('/signed/type', guardedRoute(guard, signed), async (request) => request.headers['content-type'] ?? '')
    app.get('/sealed/nothing', guardedRoute(guard, sealed), async (_request, reply) => reply.code(204).send())
    app.post('/sealed/error', guardedRoute(guard, sealed), async () => {
      throw new Error(secret)
    })
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  hono: async (guard) => {
    const { bodyOf, guarded } = forHono
    const app = new Hono().onError((error, context) => context.text(error.message, 500))
    const headers = { 'Content-Type': 'text/x-echo' }
    for (const [path, demands] of [
      ['/sealed', sealed],
      ['/signed', signed],
    ] as const) {
      app.all(
        path,
        guarded(guard, demands),
        (context) => new Response(Buffer.from(bodyOf(context)), { status: 201, headers }),
      )
    }
    app.post('/sealed/type', guarded(guard, sealed), (context) =>
      context.body(context.req.header('content-type') ?? ''),
    )
    app.post('/signed/type', guarded(guard, signed), (context) =>
      context.body(context.req.header('content-type') ?? ''),
    )
    app.get('/sealed/nothing', guarded(guard, sealed), (context) => context.body(null, 204))
    app.post('/sealed/error', guarded(guard, sealed), () => {
      throw new Error(secret)
    })
    return getRequestListener(app.fetch)
  },
}

describe.each(Object.entries(frameworks))('%s', (_name, makeListener) => {
  let server: Server
  let address: string

  beforeAll(async () => {
    server = createServer(await makeListener(setUpSessionGuard(issuerKey).guard))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const send = async ({ method, url, rawHeaders, readBody }: GuardRequest) => {
    const headers = Array.from({ length: rawHeaders.length / 2 }, (_, at) => rawHeaders.slice(2 * at, 2 * at + 2))
    const content = Buffer.from(await readBody!())
    const hasBody = method !== 'GET'
    const response = await fetch(address + url, {
      method,
      headers: headers as [string, string][],
      ...(hasBody && { body: content }),
    })
    return { response, text: Buffer.from(await response.arrayBuffer()).toString('latin1') }
  }
  const sendSealed = async (changes: SealChanges) => {
    const { response, text } = await send(
      await sealRequest(token, sessionKey('seal-req'), { target: '/sealed', ...changes }),
    )
    return { response, text, opened: await openAnswer(text, sessionKey('seal-res')) }
  }

  for (const { name, changes, text } of [
    { name: 'JSON', changes: { body: `{"note":"${secret}"}` }, text: `{"note":"${secret}"}` },
    { name: 'text', changes: { body: secret, facts: { contentType: 'text/plain' } }, text: secret },
    {
      name: 'binary',
      changes: { body: Uint8Array.of(0, 255, 13, 10, 128), facts: { contentType: 'application/octet-stream' } },
      text: '\0\xff\r\n\x80',
    },
    { name: 'PUT', changes: { method: 'PUT', body: secret }, text: secret },
    { name: 'nothing', changes: { body: '' }, text: '' },
    { name: 'GET', changes: { method: 'GET', body: '' }, text: '' },
  ] as readonly { name: string; changes: SealChanges; text: string }[]) {
    test(`sealed: ${name} arrives, and comes back sealed`, async () => {
      const { response, text: onTheWire, opened } = await sendSealed(changes)
      expect(opened).toMatchObject({ text, header: { cs_status: 201, cty: expect.stringMatching(/^text\/x-echo/) } })
      expect([response.status, response.headers.get('content-type')]).toEqual([201, 'application/jose'])
      expect(onTheWire).not.toContain('secret')
    })
  }

  test('sealed: a body at the limit arrives whole', async () => {
    const { opened } = await sendSealed({ body: Buffer.alloc(maxBodyBytes, 'a') })
    expect(opened.text.length).toBe(maxBodyBytes)
  })

  test('sealed: an answer without a body comes back sealed', async () => {
    const { opened, response } = await sendSealed({ target: '/sealed/nothing', method: 'GET', body: '' })
    expect([response.status, opened.text, opened.header['cs_status']]).toEqual([200, '', 204])
  })

  test('sealed: what a handler does wrong comes back sealed', async () => {
    const { opened, response, text } = await sendSealed({ target: '/sealed/error' })
    expect([response.status, opened.header['cs_status']]).toEqual([500, 500])
    expect(text).not.toContain('secret')
  })

  for (const { name, request, status, code } of [
    {
      name: 'a body in the clear',
      request: () =>
        sealRequest(token, sessionKey('seal-req'), { target: '/sealed', fields: ['Content-Type', 'text/plain'] }),
      status: 401,
      code: 'sealed_required',
    },
    {
      name: 'GET in the clear',
      request: () =>
        sealRequest(token, sessionKey('seal-req'), { target: '/sealed', method: 'GET', inField: false, fields: [] }),
      status: 401,
      code: 'sealed_required',
    },
    {
      name: 'a body that was sealed for another target',
      request: async () => ({ ...(await sealRequest(token, sessionKey('seal-req'))), url: '/sealed' }),
      status: 401,
      code: 'sealed_mismatch',
    },
    {
      name: 'a body over the limit',
      request: () =>
        sealRequest(token, sessionKey('seal-req'), { target: '/sealed', body: Buffer.alloc(maxBodyBytes + 1) }),
      status: 413,
      code: 'body_too_large',
    },
    {
      name: 'a body far over the limit',
      request: () =>
        sealRequest(token, sessionKey('seal-req'), { target: '/sealed', body: Buffer.alloc(2 * maxBodyBytes) }),
      status: 413,
      code: 'body_too_large',
    },
  ]) {
    test(`sealed: ${name} is refused in the clear, by the guard: ${code}`, async () => {
      const { response, text } = await send(await request())
      expect([response.status, JSON.parse(text)]).toMatchObject([status, { code }])
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    })
  }

  test('sealed: a request that comes twice is refused the second time', async () => {
    const request = await sealRequest(token, sessionKey('seal-req'), { target: '/sealed' })
    expect((await send(request)).response.status).toBe(201)
    expect(JSON.parse((await send(request)).text)).toMatchObject({ code: 'sealed_replayed' })
  })

  for (const { name, body } of [
    { name: 'JSON', body: '{"amount":1}' },
    { name: 'binary', body: Uint8Array.of(0, 255, 13, 10, 128) },
    { name: 'a body at the limit', body: Buffer.alloc(maxBodyBytes, 'a') },
  ]) {
    test(`signed: ${name} arrives, byte for byte`, async () => {
      const { response, text } = await send(signRequest(token, sessionKey('sig'), { target: '/signed', body }))
      expect([response.status, text === Buffer.from(body).toString('latin1')]).toEqual([201, true])
    })
  }

  test('the handler sees the type that was signed or sealed, and no other', async () => {
    const components = ['@method', '@target-uri', 'authorization', 'content-digest', 'content-type']
    const { opened } = await sendSealed({ target: '/sealed/type', facts: { contentType: 'text/x-sealed' } })
    expect(opened.text).toBe('text/x-sealed')
    for (const [covered, type] of [
      [components, 'application/json'],
      [components.slice(0, -1), ''],
    ] as const) {
      const { response, text } = await send(
        signRequest(token, sessionKey('sig'), { target: '/signed/type', components: covered }),
      )
      expect([response.status, text]).toEqual([200, type])
    }
  })

  for (const method of ['GET', 'POST']) {
    test(`signed: ${method} without a body arrives`, async () => {
      const { response, text } = await send(
        signRequest(token, sessionKey('sig'), { target: '/signed', method, body: '' }),
      )
      expect([response.status, text]).toEqual([201, ''])
    })
  }

  for (const { name, change, status, code } of [
    {
      name: 'changed content',
      change: (request: GuardRequest) => ({ ...request, readBody: async () => Buffer.from('{"amount":9}') }),
      status: 401,
      code: 'digest_mismatch',
    },
    {
      name: 'the digest taken away',
      change: (request: GuardRequest) => withField(request, 'Content-Digest', []),
      status: 401,
      code: 'signature_component_missing',
    },
    {
      name: 'another method',
      change: (request: GuardRequest) => ({ ...request, method: 'PUT' }),
      status: 401,
      code: 'signature_invalid',
    },
    {
      name: 'content over the limit',
      change: (request: GuardRequest) => ({ ...request, readBody: async () => Buffer.alloc(maxBodyBytes + 1) }),
      status: 413,
      code: 'body_too_large',
    },
  ]) {
    test(`signed: ${name} is refused: ${code}`, async () => {
      const request = signRequest(token, sessionKey('sig'), { target: '/signed' })
      const { response, text } = await send(change(request))
      expect([response.status, JSON.parse(text)]).toMatchObject([status, { code }])
    })
  }
})
