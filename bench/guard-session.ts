/**
 * Session keys at the guard: requests that are signed by HMAC beside those with a DPoP proof, and sealed bodies beside
 * bare node:http.
 */

import { createGuard } from '@countersign/guard'
import type { Demands } from '@countersign/guard'
import { exportPublicJwk, generateKey } from '@countersign/tokens'
import type { JwkSet } from '@countersign/tokens'
import { makeDpopClient, makeDpopHeaders, origin } from './dpop-client.ts'
import type { GuardServerOrder } from './guard-server.ts'
import { encodeRequest, oneByOne } from './http-load.ts'
import { onOneCore, titleOnOneCore } from './one-core.ts'
import { race, runAll, waitUntilTaken } from './race.ts'
import { raceServers } from './server-race.ts'
import { makeSealedRequest, makeSessionClient, makeSignedHeaders, sessionSecrets } from './session-client.ts'

type Server = Omit<GuardServerOrder, 'kind' | 'demands'>
type MakeHeaders = (at: number) => Readonly<Record<string, string>>

interface Way {
  readonly name: string
  readonly demands: Demands
  readonly makeHeaders: MakeHeaders
}

const host = new URL(origin).host
const path = '/balance'
const clients = 64
const payments = Array.from({ length: 11 }, (_, at) => ({
  ...{ id: `payment-${1000 + at}`, to: 'bob@example.com', amount: 1250 + at, currency: 'EUR', isUrgent: at % 2 === 0 },
}))
/** Some 1 KiB. */
const json = JSON.stringify(payments)

export async function benchSessionKeys(): Promise<readonly string[]> {
  const key = await generateKey('ES256', { kid: 'bench' })
  const server: Server = {
    issuer: 'https://auth.example',
    audience: origin,
    jwk: { ...exportPublicJwk(key), alg: 'ES256', kid: 'bench' },
    options: { origin, sessionSecrets, replay: 'memory-one-process' },
  }
  const bound = Array.from({ length: clients }, () => makeDpopClient(server, key))
  const withKeys = Array.from({ length: clients }, () => makeSessionClient(server, key))
  const dpop: MakeHeaders = (at) => makeDpopHeaders(pick(bound, at), 'GET', path)
  const signed: MakeHeaders = (at) => makeSignedHeaders(pick(withKeys, at), 'GET', path)
  const ways: readonly Way[] = [
    { name: 'HMAC-signed', demands: { scope: 'read', proof: 'signature' }, makeHeaders: signed },
    { name: 'DPoP', demands: { scope: 'read', proof: 'dpop' }, makeHeaders: dpop },
  ]
  return [
    ...(await onOneCore(() => raceWays(ways, server))),
    ...(await raceOnHttp(ways, server)),
    ...(await raceSealed((at) => pick(withKeys, at), server)),
  ]
}

/** From end to end: what the client does to make a request, and the guard to let it through. */
async function raceWays(ways: readonly Way[], { issuer, audience, jwk, options }: Server): Promise<readonly string[]> {
  const guard = createGuard({ issuer, audience, keys: { keys: [jwk] } as unknown as JwkSet, ...options })
  const racers = ways.map(({ name, demands, makeHeaders }) => {
    const admit = guard.forRoute(demands)
    const call = (at: number) => (): Promise<unknown> =>
      admit({
        method: 'GET',
        url: path,
        rawHeaders: Object.entries({ host, ...makeHeaders(at) }).flat(),
        readBody: () => Promise.resolve(Buffer.alloc(0)),
      })
    return { name, prepare: each(call), run: runAll }
  })
  for (const { prepare } of racers) await waitUntilTaken(() => runAll(prepare(1)))
  const goals = [{ against: 'DPoP', atLeast: 3 }]
  return race({ title: titleOnOneCore('requests made and checked'), racers, operations: 1500, goals })
}

async function raceOnHttp(ways: readonly Way[], server: Server): Promise<readonly string[]> {
  const answer = '{"balance":900}'
  const encode = (headers: Readonly<Record<string, string>>): Buffer =>
    encodeRequest({ method: 'GET', path, headers: { host, ...headers } })
  const racers = ways.map(({ name, demands, makeHeaders }) => ({
    name,
    server: { ...server, kind: 'countersign' as const, demands, answer },
    makeRequests: each((at) => encode(makeHeaders(at))),
  }))
  return raceServers({ title: 'guard on node:http, requests made before', racers, requests: 2000, goals: [] })
}

async function raceSealed(
  clientOf: (at: number) => ReturnType<typeof makeSessionClient>,
  server: Server,
): Promise<readonly string[]> {
  const post = (headers: Readonly<Record<string, string>>, body: string): Buffer =>
    encodeRequest({ method: 'POST', path, headers: { host, ...headers }, body })
  const sealed = (at: number): Buffer => {
    const { headers, body } = makeSealedRequest(clientOf(at), 'POST', path, json)
    return post(headers, body)
  }
  const clear = (at: number): Buffer => {
    const headers = { authorization: `Bearer ${clientOf(at).token}`, 'content-type': 'application/json' }
    return post(headers, json)
  }
  return raceServers({
    title: 'guard on node:http, handlers that read 1 KiB of JSON and write as much, sealed both ways',
    requests: 2000,
    traffic: oneByOne,
    goals: [{ against: 'bare node:http', atLeast: 0.3 }],
    racers: [
      {
        name: 'countersign',
        server: { ...server, kind: 'countersign', demands: { sealed: true } },
        makeRequests: each(sealed),
      },
      { name: 'bare node:http', server: { ...server, kind: 'bare node:http', demands: {} }, makeRequests: each(clear) },
    ],
  })
}

function each<T>(make: (at: number) => T): (count: number) => readonly T[] {
  return (count) => Array.from({ length: count }, (_, at) => make(at))
}

function pick<T>(items: readonly T[], at: number): T {
  const item = items[at % items.length]
  if (item === undefined) throw new RangeError('there is nothing to pick from')
  return item
}
