/**
 * DPoP at the guard beside express-oauth2-jwt-bearer, oauth4webapi and its limit: the checks alone, on one core, and on
 * node:http.
 *
 * Ours spends each proof once; theirs do not look. Proofs are made before they are taken, and taken once by each. All
 * begin with what node:http hands over; the limit is what nobody can leave out: each new signature verified by
 * node:crypto, each new key parsed by it, and nothing else.
 */

import { createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createGuard } from '@countersign/guard'
import { exportPublicJwk, generateKey } from '@countersign/tokens'
import type { JwkSet, Key } from '@countersign/tokens'
import { makeDpopClient, makeDpopHeaders, origin } from './dpop-client.ts'
import type { DpopClient } from './dpop-client.ts'
import { expressOauth2JwtBearer, oauth4webapi, toWebRequest } from './guard-peers.ts'
import type { GuardServerKind, GuardServerOrder } from './guard-server.ts'
import { encodeRequest } from './http-load.ts'
import { onOneCore, titleOnOneCore } from './one-core.ts'
import { race, runAll, waitUntilTaken } from './race.ts'
import { raceServers } from './server-race.ts'

type Check = () => Promise<unknown>

interface Load {
  readonly title: string
  /** Of each peer's checks, at least. */
  readonly atLeast: number
  readonly clientOf: (at: number) => DpopClient
  /** Whether node:crypto has a client's token to verify and its key to parse, or its proof alone. */
  readonly isNew: boolean
}

const limit = 'node:crypto alone'
const kinds: readonly GuardServerKind[] = ['countersign', 'express-oauth2-jwt-bearer', 'oauth4webapi', 'bare node:http']
const operations = 1500

export async function benchDpop(): Promise<readonly string[]> {
  const key = await generateKey('ES256', { kid: 'bench' })
  const server: Omit<GuardServerOrder, 'kind'> = {
    issuer: 'https://auth.example',
    audience: origin,
    jwk: { ...exportPublicJwk(key), alg: 'ES256', kid: 'bench' },
    demands: { scope: 'read', proof: 'dpop' },
    options: { origin, replay: 'memory-one-process' },
    answer: '{"balance":900}',
  }
  const somebody = makeDpopClient(server, key)
  const returning = Array.from({ length: 64 }, () => makeDpopClient(server, key))
  const loads: readonly Load[] = [
    {
      title: 'returning clients',
      atLeast: 5,
      clientOf: (at) => returning[at % returning.length] ?? somebody,
      isNew: false,
    },
    { title: 'first-time keys', atLeast: 2, clientOf: () => makeDpopClient(server, key), isNew: true },
  ]
  const missed: string[] = []
  for (const load of loads) {
    missed.push(...(await onOneCore(() => raceChecks(load, server, key))))
    missed.push(...(await raceOnHttp(load, server)))
  }
  return missed
}

async function raceChecks(
  { title, atLeast, clientOf, isNew }: Load,
  server: Omit<GuardServerOrder, 'kind'>,
  key: Key,
): Promise<readonly string[]> {
  const { issuer, audience, jwk, demands, options } = server
  const guard = createGuard({ issuer, audience, keys: { keys: [jwk] } as unknown as JwkSet, ...options })
  const admit = guard.forRoute(demands)
  const checkAsExpress = expressOauth2JwtBearer(server)
  const checkWebRequest = oauth4webapi(server)
  const ours = (client: DpopClient): Check => {
    const request = { method: 'GET', url: '/balance', rawHeaders: Object.entries(requestHeaders(client)).flat() }
    return () => admit(request)
  }
  const makers: Readonly<Record<string, (client: DpopClient) => Check>> = {
    countersign: ours,
    'express-oauth2-jwt-bearer': (client) => {
      const request = { method: 'GET', url: '/balance', headers: requestHeaders(client) }
      return () => checkAsExpress(request)
    },
    oauth4webapi: (client) => {
      const request = { url: '/balance', headers: requestHeaders(client) }
      return () => checkWebRequest(toWebRequest(request))
    },
    [limit]: isNew ? (client) => verifyTokenAndProof(client, key) : verifyProof,
  }
  await waitUntilTaken(() => ours(clientOf(0))())
  return race<Check>({
    title: titleOnOneCore(`DPoP checks alone, ${title}`),
    operations,
    goals: ['express-oauth2-jwt-bearer', 'oauth4webapi'].map((against) => ({ against, atLeast })),
    racers: Object.entries(makers).map(([name, make]) => ({
      name,
      prepare: (count) => Array.from({ length: count }, (_, at) => make(clientOf(at))),
      run: runAll,
    })),
  })
}

function verifyProof(client: DpopClient): Check {
  const publicKey = createPublicKey(client.privateKey)
  const { input, signature } = signedBy(client.privateKey, String(requestHeaders(client)['dpop']))
  return async () => verify('sha256', input, publicKey, signature)
}

function verifyTokenAndProof(client: DpopClient, { keyObject }: Key): Check {
  const issuerKey = createPublicKey(keyObject)
  const pem = createPublicKey(client.privateKey).export({ format: 'pem', type: 'spki' })
  const token = signedBy(keyObject, client.token)
  const proof = signedBy(client.privateKey, String(requestHeaders(client)['dpop']))
  return async () =>
    verify('sha256', token.input, issuerKey, token.signature) &&
    verify('sha256', proof.input, createPublicKey(pem), proof.signature)
}

/** What a JWS signs, signed again as node:crypto verifies it fastest: in DER. */
function signedBy(privateKey: KeyObject, jws: string): { readonly input: Buffer; readonly signature: Buffer } {
  const input = Buffer.from(jws.slice(0, jws.lastIndexOf('.')))
  return { input, signature: sign('sha256', input, privateKey) }
}

async function raceOnHttp(
  { title, clientOf }: Load,
  server: Omit<GuardServerOrder, 'kind'>,
): Promise<readonly string[]> {
  return raceServers({
    title: `guard on node:http, DPoP, ${title}`,
    requests: operations,
    goals: [],
    racers: kinds.map((kind) => ({
      name: kind,
      server: { ...server, kind },
      makeRequests: (count) =>
        Array.from({ length: count }, (_, at) =>
          encodeRequest({ method: 'GET', path: '/balance', headers: requestHeaders(clientOf(at)) }),
        ),
    })),
  })
}

function requestHeaders(client: DpopClient): Record<string, string> {
  return { host: new URL(origin).host, ...makeDpopHeaders(client, 'GET', '/balance') }
}
