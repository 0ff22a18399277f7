/**
 * The guard on node:http beside @fastify/jwt, express-jwt, oauth4webapi, and bare node:http: requests a second.
 *
 * Each server runs in a process of its own (`guard-server.ts`); this process sends pipelined requests with prepared
 * tokens. Distinct tokens are never sent twice, so that nothing that remembers a token gains by it.
 */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { exportPrivateJwk, exportPublicJwk, generateKey, signJwt } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import type { GuardServerOrder } from './guard-server.ts'
import { sendAll } from './http-load.ts'
import { median, printResults } from './measure.ts'
import type { Goal } from './measure.ts'

const issuer = 'https://auth.example'
const audience = 'https://api.example'
const rounds = 7
const kinds = ['countersign', '@fastify/jwt', 'express-jwt', 'oauth4webapi', 'bare node:http'] as const

interface Load {
  readonly title: string
  readonly alg: 'HS256' | 'ES256'
  readonly repeated: boolean
  /** Requests that each server gets in a round. */
  readonly requests: number
  readonly goals: readonly Goal[]
}

const loads: readonly Load[] = [
  { title: 'HS256, distinct tokens', alg: 'HS256', repeated: false, requests: 6000, goals: atLeast(0.45) },
  { title: 'ES256, distinct tokens', alg: 'ES256', repeated: false, requests: 3000, goals: atLeast(0.13) },
  { title: 'ES256, one token again and again', alg: 'ES256', repeated: true, requests: 6000, goals: atLeast(0.6) },
]

export async function bench(): Promise<readonly string[]> {
  const missed: string[] = []
  for (const load of loads) missed.push(...(await run(load)))
  return missed
}

async function run({ title, alg, repeated, requests, goals }: Load): Promise<readonly string[]> {
  const key = await generateKey(alg, { kid: 'bench' })
  const jwk = alg === 'HS256' ? exportPrivateJwk(key) : exportPublicJwk(key)
  const order = { issuer, audience, jwk: { ...jwk, alg, kid: 'bench' } }
  // oauth4webapi verifies with public keys only.
  const running = await Promise.all(
    kinds.filter((kind) => alg !== 'HS256' || kind !== 'oauth4webapi').map((kind) => start({ ...order, kind })),
  )
  try {
    const speeds = new Map<string, number[]>(running.map(({ kind }) => [kind, []]))
    const same = Array.from({ length: requests }, () => token(key)).fill(token(key))
    for (let round = -1; round < rounds; round += 1) {
      for (let turn = 0; turn < running.length; turn += 1) {
        const server = running[(turn + round + 1) % running.length]
        if (server === undefined) continue
        const tokens = repeated ? same : Array.from({ length: requests }, () => token(key))
        const perSecond = await sendAll(server.port, tokens)
        // The first round is the warm-up.
        if (round >= 0) speeds.get(server.kind)?.push(perSecond)
      }
    }
    const ours = speeds.get('countersign') ?? []
    const results = running.map(({ kind }) => {
      const theirs = speeds.get(kind) ?? []
      return {
        name: kind,
        perSecond: median(theirs),
        ratio: median(ours.map((speed, at) => speed / (theirs[at] ?? NaN))),
      }
    })
    return printResults(`guard on node:http, ${title}`, results, goals)
  } finally {
    for (const { child } of running) child.kill()
  }
}

function atLeast(ratio: number): readonly Goal[] {
  return [{ against: 'bare node:http', atLeast: ratio }]
}

function token(key: Key): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    sub: 'alice',
    aud: audience,
    client_id: 'bench',
    iat: now,
    exp: now + 600,
    scope: 'read',
  }
  return signJwt({ ...claims, jti: randomUUID() }, key, { typ: 'at+jwt' })
}

async function start(
  order: GuardServerOrder,
): Promise<{ readonly kind: string; readonly port: number; readonly child: ChildProcess }> {
  const child = fork(new URL('./guard-server.ts', import.meta.url), { execArgv: process.execArgv })
  child.send(order)
  const [port] = (await once(child, 'message')) as [number]
  return { kind: order.kind, port, child }
}
