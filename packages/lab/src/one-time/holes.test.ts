/**
 * Each attack that this system stops, against a server with the hole that lets it in: what is measured can fail.
 */

import { verifyJwtSignature, secretKey } from '@countersign/tokens'
import { expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { cutBody, keepLastField, startCarelessFront, takeTokenFromQuery } from '../attacks/careless-front.fixture.ts'
import type { FrontRequest } from '../attacks/careless-front.fixture.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import type { RunningServer, ServerOptions } from '../running-server.ts'
import { oneTimeChecks } from './checks.ts'
import type { OneTimeChecks, OneTimeClaims } from './checks.ts'
import { startOneTimeServer } from './server.ts'
import { oneTime } from './system.ts'

type ClaimCheck = keyof OneTimeChecks['claims']
type Start = (options: ServerOptions) => Promise<RunningServer>

function without(...names: ClaimCheck[]): OneTimeChecks {
  const left = Object.entries(oneTimeChecks.claims).filter(([name]) => !names.includes(name as ClaimCheck))
  return { ...oneTimeChecks, claims: Object.fromEntries(left) as OneTimeChecks['claims'] }
}

/** The hash of what was issued would stop a forged token too: it is a second wall, and here it is down. */
function believing(signature: OneTimeChecks['signature']): Start {
  return (options) => startOneTimeServer(options, { ...without('hash', 'spend', 'issuer', 'audience'), signature })
}

function decode(part = ''): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

function unverified(token: string): OneTimeClaims {
  return decode(token.split('.')[1]) as unknown as OneTimeClaims
}

const holed =
  (checks: OneTimeChecks): Start =>
  (options) =>
    startOneTimeServer(options, checks)
const front =
  (rewrite: (request: FrontRequest) => Partial<FrontRequest> | Promise<Partial<FrontRequest>>): Start =>
  async (options) =>
    startCarelessFront(await startOneTimeServer(options), rewrite)

async function tokenFor(user: string, { url }: FrontRequest): Promise<string> {
  const answer = await fetch(new URL('/request-token', url), {
    method: 'POST',
    body: new URLSearchParams({ user_id: user }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

const holes: readonly [hole: string, attack: AttackName, start: Start][] = [
  [
    'a front that logs everybody in',
    'no-token',
    front(async (request) => {
      if (request.url.pathname === '/secure-data')
        request.headers.set('Authorization', `Bearer ${await tokenFor('guest', request)}`)
      return {}
    }),
  ],
  ['signatures not looked at', 'forged-token', believing(unverified)],
  ['signatures not looked at', 'tampered-token', believing(unverified)],
  [
    '"none" taken for an algorithm',
    'alg-none',
    believing((token, key) =>
      /^none$/i.test(String(decode(token.split('.')[0])['alg']))
        ? unverified(token)
        : oneTimeChecks.signature(token, key),
    ),
  ],
  [
    'the key taken from the header',
    'key-confusion',
    believing((token, key) => {
      const { jwk } = decode(token.split('.')[0]) as { jwk?: { k?: string } }
      const named = jwk?.k === undefined ? key : secretKey('HS256', Buffer.from(jwk.k, 'base64url'))
      return verifyJwtSignature(token, named).claims as unknown as OneTimeClaims
    }),
  ],
  [
    'a secret that people choose',
    'weak-secret-guess',
    (options) =>
      startOneTimeServer(
        { ...options, env: { JWT_SECRET_KEY: 'changemechangemechangemechangeme' } },
        without('hash', 'spend'),
      ),
  ],
  [
    'an empty signature let pass',
    'mac-stripping',
    believing((token, key) => (token.endsWith('.') ? unverified(token) : oneTimeChecks.signature(token, key))),
  ],
  ['no expiry', 'expired-token', holed(without('expiry', 'hash', 'spend'))],
  ['nothing spent', 'replayed-token', holed(without('unspent', 'spend'))],
  ['nothing spent', 'replayed-message', holed(without('unspent', 'spend'))],
  ['nothing spent at last', 'race', holed(without('spend'))],
  ['older tokens go on', 'stale-token', holed(without('newest'))],
  [
    'a front that believes a name',
    'token-of-other-user',
    front(async (request) => {
      if (request.headers.get('x-user') === 'alice')
        request.headers.set('Authorization', `Bearer ${await tokenFor('alice', request)}`)
      return {}
    }),
  ],
  ['a front that takes tokens from the query', 'token-in-query', front(takeTokenFromQuery)],
  ['a front that keeps the last of two', 'duplicate-field', front(keepLastField)],
  ['a front that cuts what is long', 'oversized-message', front(cutBody(60))],
]

for (const [hole, attack, start] of holes) {
  test(`${attack} gets in by: ${hole}`, { timeout: 30_000 }, async () => {
    for await (const { outcome, evidence } of runAttacks(oneTime, { attacks: [attack], start })) {
      expect({ outcome, evidence }).toEqual({ outcome: 'succeeded', evidence })
    }
  })
}
