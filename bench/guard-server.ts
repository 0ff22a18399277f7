/** One server of the guard's bench, in a process of its own: told by message what to be, answers its port. */

import { createPublicKey, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyJwt from '@fastify/jwt'
import { createGuard } from '@countersign/guard'
import type { GuardOptions } from '@countersign/guard'
import { bodyOf, guarded } from '@countersign/guard/node-http'
import type { JwkSet } from '@countersign/tokens'
import { expressjwt } from 'express-jwt'
import Fastify from 'fastify'
import { expressOauth2JwtBearer, oauth4webapi, toWebRequest } from './guard-peers.ts'
import type { PeerOrder } from './guard-peers.ts'

export type GuardServerKind =
  'countersign' | '@fastify/jwt' | 'express-jwt' | 'express-oauth2-jwt-bearer' | 'oauth4webapi' | 'bare node:http'

export interface GuardServerOrder extends PeerOrder {
  readonly kind: GuardServerKind
  /** More options of ours. */
  readonly options?: Partial<GuardOptions>
  /** What is answered, as JSON. Default: what came, parsed and written again. */
  readonly answer?: string
}

process.once('message', (order: GuardServerOrder) => {
  makers[order.kind](order).then(
    (port) => process.send?.(port),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

const makers: Readonly<Record<GuardServerKind, (order: GuardServerOrder) => Promise<number>>> = {
  countersign: (order) => {
    const { issuer, audience, jwk, demands, options } = order
    const keys = { keys: [jwk] } as unknown as JwkSet
    const guard = createGuard({ issuer, audience, keys, ...options })
    const listener = guarded(guard, demands, (request, response) =>
      answer(order, response, order.answer === undefined ? Buffer.from(bodyOf(request)) : undefined),
    )
    return listen((request, response) => void listener(request, response))
  },
  '@fastify/jwt': async ({ issuer, audience, jwk, answer: text = '' }) => {
    const value = JSON.parse(text) as object
    const key = nativeKey(jwk)
    const secret = jwk.alg === 'HS256' ? key.export() : { public: key.export({ type: 'spki', format: 'pem' }) }
    const app = Fastify()
    await app.register(fastifyJwt, {
      secret: secret as Buffer,
      verify: { algorithms: [jwk.alg as 'HS256'], allowedIss: issuer, allowedAud: audience, cache: false },
    })
    app.get('/balance', { onRequest: async (request) => request.jwtVerify() }, () => value)
    await app.listen({ port: 0, host: '127.0.0.1' })
    return (app.server.address() as AddressInfo).port
  },
  'express-jwt': (order) => {
    const { issuer, audience, jwk } = order
    const check = expressjwt({ secret: nativeKey(jwk), algorithms: [jwk.alg as 'HS256'], issuer, audience })
    return listen((request, response) => {
      void check(request as never, response as never, (error?: unknown) =>
        error === undefined ? answer(order, response) : refuse(response, error),
      )
    })
  },
  'express-oauth2-jwt-bearer': (order) => {
    const check = expressOauth2JwtBearer(order)
    return listen((request, response) => answerWhen(check(request), order, response))
  },
  oauth4webapi: (order) => {
    const check = oauth4webapi(order)
    return listen((request, response) => answerWhen(check(toWebRequest(request)), order, response))
  },
  'bare node:http': (order) =>
    listen((request, response) => {
      if (order.answer !== undefined) return answer(order, response)
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.once('end', () => answer(order, response, Buffer.concat(chunks)))
    }),
}

function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function answerWhen(check: Promise<unknown>, order: GuardServerOrder, response: ServerResponse): void {
  check.then(
    () => answer(order, response),
    (error: unknown) => refuse(response, error),
  )
}

function answer({ answer: given }: GuardServerOrder, response: ServerResponse, body?: Buffer): void {
  const text = given ?? JSON.stringify(JSON.parse(String(body)))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
}

function refuse(response: ServerResponse, error: unknown): void {
  response.writeHead(401).end(String(error))
}

function nativeKey(jwk: GuardServerOrder['jwk']): KeyObject {
  return jwk.kty === 'oct' ? createSecretKey(String(jwk.k), 'base64url') : createPublicKey({ key: jwk, format: 'jwk' })
}
