/**
 * The guard beside its peers and bare node:http: bearer tokens here, then DPoP, signed and sealed requests, and status.
 *
 * Distinct tokens are never sent twice, so that nothing that remembers a token gains by it.
 */

import { exportPrivateJwk, exportPublicJwk, generateKey, signJwt } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { accessTokenClaims } from './dpop-client.ts'
import { benchDpop } from './guard-dpop.ts'
import { benchSessionKeys } from './guard-session.ts'
import { benchStatus } from './guard-status.ts'
import type { GuardServerKind } from './guard-server.ts'
import { encodeRequest } from './http-load.ts'
import { raceServers } from './server-race.ts'

const issuer = 'https://auth.example'
const audience = 'https://api.example'
const kinds: readonly GuardServerKind[] = [
  'countersign',
  '@fastify/jwt',
  'express-jwt',
  'oauth4webapi',
  'bare node:http',
]

interface Load {
  readonly title: string
  readonly alg: 'HS256' | 'ES256'
  readonly repeated: boolean
  readonly requests: number
  /** Of bare node:http, at least. */
  readonly atLeast: number
}

const loads: readonly Load[] = [
  { title: 'HS256, distinct tokens', alg: 'HS256', repeated: false, requests: 6000, atLeast: 0.45 },
  { title: 'ES256, distinct tokens', alg: 'ES256', repeated: false, requests: 3000, atLeast: 0.13 },
  { title: 'ES256, one token again and again', alg: 'ES256', repeated: true, requests: 6000, atLeast: 0.6 },
]

export async function bench(): Promise<readonly string[]> {
  const missed: string[] = []
  for (const load of loads) missed.push(...(await raceBearer(load)))
  missed.push(...(await benchDpop()), ...(await benchSessionKeys()), ...(await benchStatus()))

  return missed
}

async function raceBearer({ title, alg, repeated, requests, atLeast }: Load): Promise<readonly string[]> {
  const key = await generateKey(alg, { kid: 'bench' })
  const jwk = { ...(alg === 'HS256' ? exportPrivateJwk(key) : exportPublicJwk(key)), alg, kid: 'bench' }
  const same = request(key)
  const makeRequests = (count: number): readonly Buffer[] =>
    Array.from({ length: count }, () => (repeated ? same : request(key)))
  return raceServers({
    title: `guard on node:http, ${title}`,
    requests,
    goals: [{ against: 'bare node:http', atLeast }],
    racers: kinds
      // oauth4webapi verifies with public keys only.
      .filter((kind) => alg !== 'HS256' || kind !== 'oauth4webapi')
      .map((kind) => ({
        name: kind,
        server: { kind, issuer, audience, jwk, demands: { scope: 'read' }, answer: '{"balance":900}' },
        makeRequests,
      })),
  })
}

function request(key: Key): Buffer {
  const token = signJwt(accessTokenClaims(issuer, audience), key, { typ: 'at+jwt' })
  return encodeRequest({
    method: 'GET',
    path: '/balance',
    headers: { host: 'api.example', authorization: `Bearer ${token}` },
  })
}
