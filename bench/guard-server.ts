/** One server of the guard's bench, in a process of its own: told by message what to be, answers its port. */

import { createPublicKey, createSecretKey } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyJwt from '@fastify/jwt'
import { createGuard } from '@countersign/guard'
import type { JwkSet } from '@countersign/tokens'
import { expressjwt } from 'express-jwt'
import Fastify from 'fastify'
import * as oauth from 'oauth4webapi'

export interface GuardServerOrder {
  readonly kind: 'countersign' | '@fastify/jwt' | 'express-jwt' | 'oauth4webapi' | 'bare node:http'
  readonly issuer: string
  readonly audience: string
  readonly jwk: JsonWebKey & { readonly alg: string; readonly kid: string }
}

const answerBody = '{"balance":900}'

process.once('message', (order: GuardServerOrder) => {
  makers[order.kind](order).then(
    (port) => process.send?.(port),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

const makers: Readonly<Record<GuardServerOrder['kind'], (order: GuardServerOrder) => Promise<number>>> = {
  countersign: ({ issuer, audience, jwk }) => {
    const guard = createGuard({ issuer, audience, keys: { keys: [jwk] } as unknown as JwkSet })
    return listen((request, response) => {
      const { method = '', url = '', rawHeaders } = request
      guard.authenticate({ method, url, rawHeaders }, { scope: 'read' }).then(
        () => answer(response),
        (error: unknown) => refuse(response, error),
      )
    })
  },
  '@fastify/jwt': async ({ issuer, audience, jwk }) => {
    const key = nativeKey(jwk)
    const secret = jwk.alg === 'HS256' ? key.export() : { public: key.export({ type: 'spki', format: 'pem' }) }
    const app = Fastify()
    await app.register(fastifyJwt, {
      secret: secret as Buffer,
      verify: { algorithms: [jwk.alg as 'HS256'], allowedIss: issuer, allowedAud: audience, cache: false },
    })
    app.get('/balance', { onRequest: async (request) => request.jwtVerify() }, () => ({ balance: 900 }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return (app.server.address() as AddressInfo).port
  },
  'express-jwt': ({ issuer, audience, jwk }) => {
    const check = expressjwt({ secret: nativeKey(jwk), algorithms: [jwk.alg as 'HS256'], issuer, audience })
    return listen((request, response) => {
      void check(request as never, response as never, (error?: unknown) =>
        error === undefined ? answer(response) : refuse(response, error),
      )
    })
  },
  oauth4webapi: ({ issuer, audience, jwk }) => {
    const server: oauth.AuthorizationServer = { issuer, jwks_uri: `${issuer}/jwks` }
    const keys = JSON.stringify({ keys: [{ ...jwk, use: 'sig' }] })
    const options = {
      [oauth.customFetch]: () =>
        Promise.resolve(new Response(keys, { headers: { 'content-type': 'application/json' } })),
    }
    return listen((request, response) => {
      const web = new Request(`http://127.0.0.1${request.url ?? ''}`, {
        headers: request.headers as Record<string, string>,
      })
      oauth.validateJwtAccessToken(server, web, audience, options).then(
        () => answer(response),
        (error: unknown) => refuse(response, error),
      )
    })
  },
  'bare node:http': () => listen((_request: IncomingMessage, response) => answer(response)),
}

function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answerBody.length }).end(answerBody)
}

function refuse(response: ServerResponse, error: unknown): void {
  response.writeHead(401).end(String(error))
}

function nativeKey(jwk: GuardServerOrder['jwk']): KeyObject {
  return jwk.kty === 'oct' ? createSecretKey(String(jwk.k), 'base64url') : createPublicKey({ key: jwk, format: 'jwk' })
}
