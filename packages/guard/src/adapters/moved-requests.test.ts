/**
 * A proof is for one target. Whoever writes the target in another way that the guard would take for the same must not
 * reach another route with it, nor bring along what the proof does not speak of.
 */

import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { methodOverride } from 'hono/method-override'
import { mount } from 'hono/mount'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audience, issuer, makeKey, mintAccessToken, noon } from '../guard.fixture.ts'
import { createGuard } from '../guard.ts'
import type { Guard } from '../guard.ts'
import { proofMaker } from '../proofs/dpop/dpop.fixture.ts'
import * as forExpress from './express.ts'
import * as forFastify from './fastify.ts'
import * as forHono from './hono.ts'
import * as forNodeHttp from './node-http.ts'

const issuerKey = await makeKey('k1')
const client = await proofMaker()
const token = mintAccessToken(issuerKey, { cnf: { jkt: client.jkt } })
const demands = { proof: 'dpop' } as const

const makeGuard = (): Guard =>
  createGuard({
    ...{ issuer, audience, origin: 'https://api.example' },
    ...{ keys: () => [issuerKey], clock: () => noon, replay: { bornAt: 0, spend: () => 'spent' } },
  })

/** Each answers the route that it took, and the query. */
const frameworks: Readonly<Record<string, (guard: Guard) => Promise<RequestListener>>> = {
  'node:http': async (guard) => {
    const listener = forNodeHttp.guarded(guard, demands, ({ url = '' }, response) => {
      const [path, ...query] = url.split('?')
      response.end(`${path} ${query.join('?')}`)
    })
    return (request, response) => void listener(request, response)
  },
  express: async (guard) => {
    const app = express()
    for (const path of ['/', '/pay', '/:other']) {
      app.get(path, forExpress.guarded(guard, demands), ({ query }, response) => {
        response.send(`${path} ${new URLSearchParams(query as Record<string, string>).toString()}`)
      })
    }
    return app
  },
  fastify: async (guard) => {
    const app = Fastify()
    for (const path of ['/', '/pay', '/:other']) {
      app.get(path, { ...forFastify.guardedRoute(guard, demands) }, async ({ query }) => {
        return `${path} ${new URLSearchParams(query as Record<string, string>).toString()}`
      })
    }
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  hono: async (guard) => {
    const app = new Hono()
    for (const path of ['/', '/pay', '/:other']) {
      app.get(path, forHono.guarded(guard, demands), ({ req }) => {
        return new Response(`${path} ${new URLSearchParams(req.query()).toString()}`)
      })
    }
    return getRequestListener(app.fetch)
  },
}

for (const [name, makeListener] of Object.entries(frameworks)) {
  describe(name, () => {
    let server: Server

    beforeAll(async () => {
      server = createServer(await makeListener(makeGuard()))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    })
    afterAll(() => server.close())

    /** Answers the status, and what the handler answered. By hand: `fetch` mends targets. */
    const get = async (target: string, htu: string): Promise<string> => {
      const proof = client.makeProof({ accessToken: token, claims: { htu } })
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.end(
        `GET ${target} HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n` +
          `Authorization: DPoP ${token}\r\nDPoP: ${proof}\r\n\r\n`,
      )
      const answer = await text(socket)
      return /^HTTP\/1.1 200/.test(answer) ? (/(\/\S* .*)\s*(?:0\s*)?$/.exec(answer)?.[1] ?? '') : answer.slice(9, 12)
    }

    test('the target that was proven reaches its handler', async () => {
      expect(await get('/pay', 'https://api.example/pay')).toBe('/pay ')
    })

    for (const [target, proven] of [
      ['/pay#to=eve', '/pay'],
      ['/pay#?to=eve', '/pay'],
      ['/#/pay', '/'],
      ['/%70ay', '/pay'],
      ['/pa%79', '/pay'],
      ['/pay;to=eve', '/pay'],
      ['/a/..%2fpay', '/pay'],
      ['//pay', '/pay'],
      ['/\\pay', '/pay'],
      ['/pa\ty', '/pay'],
      ['https://api.example#/pay', '/'],
      ['https://evil.example/pay', '/pay/'],
    ] as const) {
      test(`${JSON.stringify(target)} is not let in by a proof for ${proven}`, async () => {
        expect(await get(target, `https://api.example${proven}`)).toMatch(/^4\d\d$/)
      })
    }
  })
}

describe('hono, which makes requests of requests', () => {
  interface Sent {
    readonly method?: string
    /** What the proof is for, if not for the path. */
    readonly proven?: string
    readonly headers?: Readonly<Record<string, string>>
  }

  const ask = async (
    app: Hono,
    path: string,
    { method = 'GET', proven = path, headers }: Sent = {},
  ): Promise<string> => {
    const server = createServer(getRequestListener(app.fetch))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const claims = { htm: method, htu: `https://api.example${proven}` }
    const proof = client.makeProof({ accessToken: token, claims })
    const response = await fetch(url, { method, headers: { Authorization: `DPoP ${token}`, DPoP: proof, ...headers } })
    const answer = await response.text()
    server.closeAllConnections()
    server.close()
    return answer
  }

  test('a header that makes a POST a DELETE finds no proof for it', async () => {
    const app = new Hono()
    app.use(methodOverride({ app, header: 'X-Method' }))
    app.on(['POST', 'DELETE'], '/pay', forHono.guarded(makeGuard(), demands), ({ req }) => new Response(req.method))
    expect(await ask(app, '/pay', { method: 'POST' })).toBe('POST')
    const headers = { 'X-Method': 'DELETE' }
    expect(await ask(app, '/pay', { method: 'POST', headers })).toContain('dpop_method_mismatch')
  })

  test('an app that is mounted takes proofs for the whole path, and no others', async () => {
    const inner = new Hono()
    inner.get('/pay', forHono.guarded(makeGuard(), demands), () => new Response('paid'))
    const app = new Hono()
    app.all('/v1/*', mount(inner.fetch))
    expect(await ask(app, '/v1/pay')).toBe('paid')
    expect(await ask(app, '/v1/pay', { proven: '/pay' })).toContain('dpop_uri_mismatch')
  })
})
