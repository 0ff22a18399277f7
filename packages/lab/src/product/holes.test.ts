import { createGuard, GuardError } from '@countersign/guard'
import type { Grant, Guard, GuardOptions, GuardRequest } from '@countersign/guard'
import { expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import { startProduct } from './start-product.ts'
import type { MakeGuard } from './start-product.ts'
import { product } from './system.ts'

/** Believes whatever says to be a token, and does not need one. */
function believe(): Guard {
  return {
    authenticate: async (request) => {
      const [, payload] = (headerOf(request as GuardRequest, 'authorization') ?? '').split('.')
      return grantFor(payload === undefined ? 'nobody' : readSubject(payload))
    },
    close: () => undefined,
  }
}

function readSubject(payload: string): string {
  return String((JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly sub?: unknown }).sub)
}

/** Forgets what was spent. */
const forget: MakeGuard = (options) => createGuard({ ...options, replay: { bornAt: 0, spend: () => 'spent' } })

/** Verifies all but the time. */
const stopTheClock: MakeGuard = (options) => {
  const startedAt = Date.now() / 1000
  return createGuard({ ...options, clock: () => startedAt })
}

/** Looks for the token in the query where there is no header. */
const readQuery: MakeGuard = (options) =>
  rewriting(options, (request) => {
    const token = new URL(request.url, 'http://bank').searchParams.get('access_token')
    return token === null ? request : { ...request, rawHeaders: ['Authorization', `Bearer ${token}`] }
  })

/** Takes the last of several headers. */
const takeLast: MakeGuard = (options) =>
  rewriting(options, (request) => ({
    ...request,
    rawHeaders: ['Authorization', headerOf(request, 'authorization') ?? ''],
  }))

/** Lets the request say who pays. */
const takeName: MakeGuard = (options) => {
  const guard = createGuard(options)
  return {
    ...guard,
    authenticate: async (request, demands) => {
      const grant = await guard.authenticate(request, demands)
      return { ...grant, subject: new URL(request.url, 'http://bank').searchParams.get('sub') ?? grant.subject }
    },
  }
}

/** Remembers spent tokens by their bytes. */
const spendBytes: MakeGuard = (options) => {
  const guard = forget(options)
  const spent = new Set<string | undefined>()
  return {
    ...guard,
    authenticate: async (request, demands) => {
      const bytes = headerOf(request as GuardRequest, 'authorization')
      if (spent.has(bytes)) throw new GuardError('token_replayed', 'the token has been used')
      const grant = await guard.authenticate(request, demands)
      spent.add(bytes)
      return grant
    },
  }
}

const holes: readonly (readonly [AttackName, string, MakeGuard])[] = [
  ...(['no-token', 'forged-token', 'tampered-token', 'alg-none', 'key-confusion', 'mac-stripping'] as const).map(
    (attack) => [attack, 'a guard that believes', believe] as const,
  ),
  ['expired-token', 'a guard whose clock stands still', stopTheClock],
  ['replayed-token', 'a guard that forgets', forget],
  ['replayed-token', 'a guard that remembers bytes', spendBytes],
  ['replayed-message', 'a guard that forgets', forget],
  ['tampered-message', 'a guard that forgets', forget],
  ['race', 'a guard that forgets', forget],
  ['token-in-query', 'a guard that reads the query', readQuery],
  ['duplicate-field', 'a guard that takes the last header', takeLast],
  ['token-of-other-user', 'a guard that lets the request say who', takeName],
]

test.each(holes)('%s gets in through %s', { timeout: 30_000 }, async (attack, _hole, makeGuard) => {
  const start: typeof startProduct = (options) => startProduct(options, makeGuard)
  for await (const { outcome, evidence } of runAttacks(product, { attacks: [attack], start })) {
    expect({ outcome, evidence }).toEqual({ outcome: 'succeeded', evidence })
  }
})

function rewriting(options: GuardOptions, rewrite: (request: GuardRequest) => GuardRequest): Guard {
  const guard = createGuard(options)
  return { ...guard, authenticate: (request, demands) => guard.authenticate(rewrite(request as GuardRequest), demands) }
}

/** The last of that name. */
function headerOf({ rawHeaders }: GuardRequest, name: string): string | undefined {
  const at = rawHeaders.findLastIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name)
  return at === -1 ? undefined : rawHeaders[at + 1]
}

function grantFor(subject: string): Grant {
  const claims = { sub: subject }
  return { subject, clientId: 'any', scope: ['read', 'pay'], claims, tokenId: 'any' }
}
