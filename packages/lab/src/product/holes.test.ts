import { createGuard, memoryReplayStore } from '@countersign/guard'
import type { Demands, Grant, Guard, GuardOptions, GuardRequest } from '@countersign/guard'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import type { ServerOptions } from '../running-server.ts'
import { startProductServer } from './product-server.ts'
import type { ProductServer } from './product-server.ts'
import { startCommand } from './start-command.fixture.ts'
import { startProduct } from './start-product.ts'
import type { MakeGuard } from './start-product.ts'
import { createProduct } from './system.ts'

/** Believes whatever says to be a token, and does not need one. */
function believe(): Guard {
  return guardWith(async (request) => {
    const [, payload] = (headerOf(request, 'authorization') ?? '').split('.')
    return grantFor(payload === undefined ? 'nobody' : readSubject(payload))
  })
}

function guardWith(authenticate: (request: GuardRequest, demands: Demands) => Promise<Grant>): Guard {
  const admit: Guard['admit'] = async (request, demands = {}) => {
    const grant = await authenticate(request as GuardRequest, demands)
    return { grant, body: undefined, contentType: undefined, headers: {}, seal: undefined }
  }
  return {
    admit,
    forRoute: (demands) => (request) => admit(request, demands),
    authenticate: async (request, demands) => (await admit(request, demands)).grant,
    close: () => undefined,
  }
}

function readSubject(payload: string): string {
  return String((JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly sub?: unknown }).sub)
}

/** Forgets what was spent. */
const forget: MakeGuard = (options) => createGuard({ ...options, replay: { bornAt: 0, spend: () => 'spent' } })

/** Verifies all but the time, which stands still for its memory too. */
const stopTheClock: MakeGuard = (options) => {
  const startedAt = Date.now() / 1000
  const clock = (): number => startedAt
  return createGuard({ ...options, clock, replay: { ...memoryReplayStore({ clock }), bornAt: 0 } })
}

/** Looks for the token in the query where there is no header. */
const readQuery: MakeGuard = (options) =>
  rewriting(options, (request) => {
    const token = new URL(request.url, 'http://bank').searchParams.get('access_token')
    const proof = headerOf(request, 'dpop') ?? ''
    return token === null ? request : { ...request, rawHeaders: ['Authorization', `DPoP ${token}`, 'DPoP', proof] }
  })

/** Takes the last of several headers. */
const takeLast: MakeGuard = (options) =>
  rewriting(options, (request) => ({
    ...request,
    rawHeaders: ['Authorization', 'DPoP'].flatMap((name) => [name, headerOf(request, name.toLowerCase()) ?? '']),
  }))

/** Lets the request say who pays. */
const takeName: MakeGuard = (options) => {
  const guard = createGuard(options)
  return guardWith(async (request, demands) => {
    const grant = await guard.authenticate(request, demands)
    return { ...grant, subject: new URL(request.url, 'http://bank').searchParams.get('sub') ?? grant.subject }
  })
}

const holes: readonly (readonly [AttackName, string, MakeGuard])[] = [
  ...(['no-token', 'forged-token', 'tampered-token', 'alg-none', 'key-confusion', 'mac-stripping'] as const).map(
    (attack) => [attack, 'a guard that believes', believe] as const,
  ),
  ['stolen-token', 'a guard that believes', believe],
  ['expired-token', 'a guard whose clock stands still', stopTheClock],
  ['replayed-token', 'a guard that forgets', forget],
  ['replayed-message', 'a guard that forgets', forget],
  ['tampered-message', 'a guard that forgets', forget],
  ['race', 'a guard that forgets', forget],
  ['token-in-query', 'a guard that reads the query', readQuery],
  ['duplicate-field', 'a guard that takes the last header', takeLast],
  ['token-of-other-user', 'a guard that lets the request say who', takeName],
]

let server: ProductServer

beforeAll(async () => {
  server = await startProductServer(startCommand)
})
afterAll(() => server.close())

test.each(holes)('%s gets in through %s', { timeout: 30_000 }, async (attack, _hole, makeGuard) => {
  const start = (options: ServerOptions) => startProduct(server, options, makeGuard)
  for await (const { outcome, evidence } of runAttacks(createProduct(startCommand), { attacks: [attack], start })) {
    expect({ outcome, evidence }).toEqual({ outcome: 'succeeded', evidence })
  }
})

function rewriting(options: GuardOptions, rewrite: (request: GuardRequest) => GuardRequest): Guard {
  const guard = createGuard(options)
  return guardWith((request, demands) => guard.authenticate(rewrite(request), demands))
}

/** The last of that name. */
function headerOf({ rawHeaders }: GuardRequest, name: string): string | undefined {
  const at = rawHeaders.findLastIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name)
  return at === -1 ? undefined : rawHeaders[at + 1]
}

function grantFor(subject: string): Grant {
  const claims = { sub: subject }
  return { subject, clientId: 'any', scope: ['read', 'pay'], roles: [], claims, tokenId: 'any' }
}
