/**
 * Each attack that this system stops, against a server with the hole that lets it in: what is measured can fail.
 */

import { secretKey, verifyJwtSignature } from '@countersign/tokens'
import { expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { cutBody, keepLastField, startCarelessFront, takeTokenFromQuery } from '../attacks/careless-front.fixture.ts'
import type { FrontRequest } from '../attacks/careless-front.fixture.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import type { RunningServer, ServerOptions } from '../running-server.ts'
import { jwtChecks } from './checks.ts'
import type { JwtChecks, UserClaims } from './checks.ts'
import { startJwtServer } from './server.ts'
import { jwt } from './system.ts'

type Start = (options: ServerOptions) => Promise<RunningServer>

const holed =
  (checks: Partial<JwtChecks>): Start =>
  (options) =>
    startJwtServer(options, { ...jwtChecks, ...checks })
const front =
  (rewrite: (request: FrontRequest) => Partial<FrontRequest> | Promise<Partial<FrontRequest>>): Start =>
  async (options) =>
    startCarelessFront(await startJwtServer(options), rewrite)

function decode(part = ''): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

function unverified(token: string): UserClaims {
  return decode(token.split('.')[1]) as unknown as UserClaims
}

/** Sends everybody who has no token of their own to the account of a guest. */
async function asGuest({ url, headers }: FrontRequest): Promise<Partial<FrontRequest>> {
  const guest = { method: 'POST', body: new URLSearchParams({ username: 'guest', password: 'guest' }) }
  await fetch(new URL('/register', url), guest)
  const { token } = (await (await fetch(new URL('/login', url), guest)).json()) as { token: string }
  if (!headers.has('authorization')) headers.set('Authorization', `Bearer ${token}`)
  return {}
}

/** Keeps the last token that each user sent, and takes a header's word for who asks. */
function believingNames(): (request: FrontRequest) => Partial<FrontRequest> {
  const tokens = new Map<string, string>()
  return ({ headers }) => {
    const authorization = headers.get('authorization')
    if (authorization === null) return {}
    const { user } = unverified(authorization)
    tokens.set(user, authorization)
    headers.set('Authorization', tokens.get(headers.get('x-user') ?? user) ?? authorization)
    return {}
  }
}

const holes: readonly [hole: string, attack: AttackName, start: Start][] = [
  ['a front that lets guests in', 'no-token', front(asGuest)],
  ['signatures not looked at', 'forged-token', holed({ signature: unverified })],
  ['signatures not looked at', 'tampered-token', holed({ signature: unverified })],
  [
    '"none" taken for an algorithm',
    'alg-none',
    holed({
      signature: (token, keys) =>
        /^none$/i.test(String(decode(token.split('.')[0])['alg']))
          ? unverified(token)
          : jwtChecks.signature(token, keys),
    }),
  ],
  [
    'the key taken from the header',
    'key-confusion',
    holed({
      signature: (token, keys) => {
        const { jwk } = decode(token.split('.')[0]) as { jwk?: { k?: string } }
        if (jwk?.k === undefined) return jwtChecks.signature(token, keys)
        return verifyJwtSignature(token, secretKey('HS256', Buffer.from(jwk.k, 'base64url')))
          .claims as unknown as UserClaims
      },
    }),
  ],
  [
    'a secret that people choose',
    'weak-secret-guess',
    (options) => startJwtServer({ ...options, env: { LAB_JWT_SECRET: 'secretsecretsecretsecretsecretsecret' } }),
  ],
  [
    'an empty signature let pass',
    'mac-stripping',
    holed({ signature: (token, keys) => (token.endsWith('.') ? unverified(token) : jwtChecks.signature(token, keys)) }),
  ],
  ['no expiry', 'expired-token', holed({ expiry: () => undefined })],
  ['a front that believes a name', 'token-of-other-user', front(believingNames())],
  ['a front that takes tokens from the query', 'token-in-query', front(takeTokenFromQuery)],
  [
    'no throttle',
    'password-guess',
    holed({
      password: async (guess) => {
        const throttle = { guess: async () => ({ status: (await guess.verify()) ? 'right' : 'wrong' }) as const }
        await jwtChecks.password(guess, throttle)
      },
    }),
  ],
  ['a front that keeps the last of two', 'duplicate-field', front(keepLastField)],
  ['a front that cuts what is long', 'oversized-message', front(cutBody(60))],
]

for (const [hole, attack, start] of holes) {
  test(`${attack} gets in by: ${hole}`, { timeout: 30_000 }, async () => {
    for await (const { outcome, evidence } of runAttacks(jwt, { attacks: [attack], start })) {
      expect({ outcome, evidence }).toEqual({ outcome: 'succeeded', evidence })
    }
  })
}
