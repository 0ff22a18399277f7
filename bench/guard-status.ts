/**
 * What the status check adds to a request whose token's signature is remembered: the same tokens at two guards, of which
 * one looks at the issuer's status list. The issuer is in this process, so that nothing else is counted.
 */

import { randomInt } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { createGuard } from '@countersign/guard'
import type { Guard, GuardRequest } from '@countersign/guard'
import {
  emptyStatusBits,
  statusClaim,
  statusListBase,
  statusListClaims,
  statusListMediaType,
  statusListSize,
  statusListType,
} from '@countersign/protocol'
import { exportPublicJwk, generateKey, signJws, signJwt } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { accessTokenClaims } from './dpop-client.ts'
import { median } from './measure.ts'
import { onOneCore, titleOnOneCore } from './one-core.ts'
import { runAll } from './race.ts'

const issuer = 'https://auth.example'
const audience = 'https://api.example'
const rounds = 201
const operations = 512
const mostMicroseconds = 2

export async function benchStatus(): Promise<readonly string[]> {
  const tokenKey = await generateKey('ES256', { kid: 'token' })
  const listKey = await generateKey('ES256', { kid: 'list' })
  const fetch = issuerFetch(tokenKey, listKey)
  const guards = (['required', 'off'] as const).map((status) => createGuard({ issuer, audience, fetch, status }))
  const requests = Array.from({ length: operations }, () => makeRequest(tokenKey))
  try {
    const [looking, blind] = await onOneCore(() => measure(guards, requests))
    const added = median((looking ?? []).map((cost, round) => cost - (blind?.[round] ?? NaN)))
    const isReached = added < mostMicroseconds
    console.log(`\n${titleOnOneCore('status check of a remembered token')}`)
    console.log(`  ${median(blind ?? []).toFixed(2)} µs without, ${median(looking ?? []).toFixed(2)} µs with`)
    console.log(`  it adds ${added.toFixed(2)} µs   goal < ${mostMicroseconds} µs ${isReached ? 'reached' : 'MISSED'}`)
    return isReached ? [] : [`status check: adds ${added.toFixed(2)} µs, to stay below ${mostMicroseconds}`]
  } finally {
    for (const guard of guards) guard.close()
  }
}

/** Answers for each guard the microseconds of a request, round by round. */
async function measure(guards: readonly Guard[], requests: readonly GuardRequest[]): Promise<readonly number[][]> {
  const lanes = guards.map((guard) => {
    const admit = guard.forRoute({ scope: 'read' })
    return { operations: requests.map((request) => () => admit(request)), costs: [] as number[] }
  })
  for (let round = -20; round < rounds; round += 1) {
    for (const { operations: all, costs } of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const startedAt = performance.now()
      await runAll(all)
      if (round >= 0) costs.push(((performance.now() - startedAt) * 1000) / all.length)
    }
  }
  return lanes.map(({ costs }) => costs)
}

function makeRequest(key: Key): GuardRequest {
  const status = statusClaim(issuer, randomInt(statusListSize))
  const token = signJwt({ ...accessTokenClaims(issuer, audience), status }, key, { typ: 'at+jwt' })
  return { method: 'GET', url: '/balance', rawHeaders: ['Host', 'api.example', 'Authorization', `Bearer ${token}`] }
}

function issuerFetch(tokenKey: Key, listKey: Key): typeof fetch {
  const keys = [exportPublicJwk(tokenKey), { ...exportPublicJwk(listKey), cs_use: 'status' }]
  return (input) => {
    const isList = String(input instanceof Request ? input.url : input).startsWith(statusListBase(issuer))
    const [type, text] = isList
      ? [statusListMediaType, makeList(listKey)]
      : ['application/json', JSON.stringify({ keys })]
    return Promise.resolve(new Response(text, { headers: { 'content-type': type } }))
  }
}

function makeList(key: Key): string {
  const issuedAt = Math.floor(Date.now() / 1000)
  const times = { issuedAt, expiresAt: issuedAt + 60, ttlSeconds: 2 }
  const list = { uri: `${statusListBase(issuer)}0`, ...times, bits: emptyStatusBits() }
  const claims = statusListClaims(list, (bits) => deflateSync(bits).toString('base64url'))
  return signJws(JSON.stringify(claims), key, { typ: statusListType })
}
