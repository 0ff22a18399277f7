/** Proofs by way of each adapter: what it hands the guard is what the client sent. */

import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import * as https from 'node:https'
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
import type { Guard, GuardOptions } from '../guard.ts'
import { proofMaker } from '../proofs/dpop/dpop.fixture.ts'
import { makeCertificate } from '../proofs/mtls/certificate.fixture.ts'
import * as forExpress from './express.ts'
import * as forFastify from './fastify.ts'
import * as forHono from './hono.ts'
import * as forNodeHttp from './node-http.ts'

const issuerKey = await makeKey('k1')

/** An API with one route, `/api/me`, which answers the subject. */
const frameworks: Readonly<Record<string, (guard: Guard, demands: Demands) => Promise<RequestListener>>> = {
  'node:http': async (guard, demands) => {
    const listener = forNodeHttp.guarded(guard, demands, (_request, response, { subject }) => response.end(subject))
    return (request, response) => void listener(request, response)
  },
  'fastify, as a hook': async (guard, demands) => {
    const app = Fastify()
    const { guarded, grantOf } = forFastify
    app.get('/api/me', { preHandler: guarded(guard, demands) }, async (request) => grantOf(request).subject)
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  'fastify, as a route': async (guard, demands) => {
    const app = Fastify()
    const { guardedRoute, grantOf } = forFastify
    app.get('/api/me', { ...guardedRoute(guard, demands) }, async (request) => grantOf(request).subject)
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  express: async (guard, demands) => {
    const { guarded, grantOf } = forExpress
    const router = express.Router()
    router.get('/me', guarded(guard, demands), (request, response) => response.send(grantOf(request).subject))
    return express().use('/api', router)
  },
  hono: async (guard, demands) => {
    const { guarded, grantOf } = forHono
    const app = new Hono().basePath('/api')
    app.get('/me', guarded(guard, demands), (context) => context.text(grantOf(context).subject))
    return getRequestListener(app.fetch)
  },
}

function makeGuard(options: Partial<GuardOptions>): Guard {
  const spent = new Set<string>()
  const replay: GuardOptions['replay'] = {
    bornAt: 0,
    spend: (id) => (spent.has(id.toString()) ? 'replayed' : (spent.add(id.toString()), 'spent')),
  }
  return createGuard({ issuer, audience, keys: () => [issuerKey], clock: () => noon, replay, ...options })
}

async function listen(server: Server | https.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe.each(Object.entries(frameworks))('%s: DPoP', async (_name, makeListener) => {
  const client = await proofMaker()
  const token = mintAccessToken(issuerKey, { cnf: { jkt: client.jkt } })
  const htu = 'https://api.example/api/me'
  const makeProof = (claims = {}): string => client.makeProof({ accessToken: token, claims: { htu, ...claims } })
  let server: Server
  let port: number

  beforeAll(async () => {
    const guard = makeGuard({ origin: 'https://api.example', dpopNonce: 'required' })
    server = createServer(await makeListener(guard, { proof: 'dpop' }))
    port = await listen(server)
  })

  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const call = async (proof: string) => {
    const headers = { authorization: `DPoP ${token}`, dpop: proof }
    const response = await fetch(`http://127.0.0.1:${port}/api/me?a=b`, { headers })
    const challenge = response.headers.get('www-authenticate')
    return {
      status: response.status,
      challenge,
      nonce: response.headers.get('dpop-nonce'),
      body: await response.text(),
    }
  }

  test('a nonce is asked for, given, taken, and given again', async () => {
    const refusal = await call(makeProof())
    expect(refusal).toMatchObject({ status: 401, challenge: expect.stringMatching(/^DPoP error="use_dpop_nonce"/) })
    const proof = makeProof({ nonce: refusal.nonce })
    expect(await call(proof)).toMatchObject({ status: 200, nonce: expect.any(String), body: 'user-1' })
    expect(await call(proof)).toMatchObject({ status: 401, body: expect.stringContaining('"dpop_proof_replayed"') })
  })

  test('a proof for the path that a router sees is one for another', async () => {
    const { nonce } = await call(makeProof())
    const answer = await call(makeProof({ nonce, htu: 'https://api.example/me' }))
    expect(answer).toMatchObject({ status: 401, body: expect.stringContaining('"dpop_uri_mismatch"') })
  })

  test('two headers are seen as two', async () => {
    const socket = connect(port, '127.0.0.1')
    const lines = [`Authorization: DPoP ${token}`, `DPoP: ${makeProof()}`, `dpop: ${makeProof()}`]
    socket.end(['GET /api/me HTTP/1.1', 'Host: api.example', 'Connection: close', ...lines, '', ''].join('\r\n'))
    expect(await text(socket)).toContain('"code":"dpop_proof_duplicated"')
  })
})

describe.each(Object.entries(frameworks))('%s: mutual TLS', async (_name, makeListener) => {
  const own = await makeCertificate('client')
  const other = await makeCertificate('other')
  const api = await makeCertificate('api.example')
  const token = mintAccessToken(issuerKey, { cnf: { 'x5t#S256': own.thumbprint } })
  let server: https.Server
  let port: number

  beforeAll(async () => {
    const listener = await makeListener(makeGuard({}), { proof: 'mtls' })
    const tls = { cert: api.pem, key: api.keyPem, requestCert: true, rejectUnauthorized: false }
    server = https.createServer(tls, listener)
    port = await listen(server)
  })

  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const call = (certificate?: { readonly pem: string; readonly keyPem: string }): Promise<string> =>
    new Promise((resolve, reject) => {
      const identity = certificate === undefined ? {} : { cert: certificate.pem, key: certificate.keyPem }
      const headers = { authorization: `Bearer ${token}` }
      const options = { port, host: '127.0.0.1', path: '/api/me', headers, rejectUnauthorized: false, agent: false }
      https.get({ ...options, ...identity }, (response) => resolve(text(response))).on('error', reject)
    })

  test('the certificate of the connection is the one that counts', async () => {
    expect(await call(own)).toBe('user-1')
    expect(await call(other)).toContain('"certificate_mismatch"')
    expect(await call()).toContain('"certificate_required"')
  })
})

test('express: a body parser before the guard is the caller’s mistake, not a body that went unseen', async () => {
  const guard: Guard = {
    ...makeGuard({}),
    forRoute: () => async (request) => {
      if ('rawHeaders' in request) await request.readBody!()
      throw new Error('a body that another has read')
    },
  }
  const app = express().set('env', 'test').use(express.json())
  app.post('/', forExpress.guarded(guard, {}))
  app.use((error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
    response.status(500).send(String(error))
  })
  const server = createServer(app)
  const port = await listen(server)
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: '{}' })
  expect(await response.text()).toBe('TypeError: the body was read before the guard could: put the guard first')
  server.close()
})

test('fastify: a route that replaces the guard’s hook answers nobody', async () => {
  const app = Fastify()
  const route = forFastify.guardedRoute(makeGuard({}), {})
  app.get('/', { ...route, preParsing: async () => undefined }, async () => 'open')
  expect((await app.inject('/')).statusCode).toBe(500)
  await app.close()
})
