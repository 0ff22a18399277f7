import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Demands } from '../../demands.ts'
import { bearing, makeKey, mintAccessToken, noon, setUpGuard } from '../../guard.fixture.ts'
import type { ClaimChanges } from '../../guard.fixture.ts'
import type { GuardRequest } from '../../guard-request.ts'
import type { GuardOptions } from '../../guard.ts'
import { proofMaker } from './dpop.fixture.ts'

const [issuerKey, client, other] = await Promise.all([makeKey('k1'), proofMaker(), proofMaker()])
const bound = mintAccessToken(issuerKey, { cnf: { jkt: client.jkt } })
const unbound = mintAccessToken(issuerKey)
const origin = 'https://api.example'

function setUp(options: Partial<GuardOptions> = {}) {
  // A store that is older than everything.
  const spent = new Set<string>()
  const replay: GuardOptions['replay'] = {
    bornAt: 0,
    spend: (id) => (spent.has(id.toString()) ? 'replayed' : (spent.add(id.toString()), 'spent')),
  }
  const { guard, clock } = setUpGuard(issuerKey, { origin, replay, ...options })
  return { guard, clock, spent, admit: (request: GuardRequest, demands?: Demands) => guard.admit(request, demands) }
}

function proving(claims: ClaimChanges = {}, token = bound, scheme = 'DPoP'): GuardRequest {
  const proof = client.makeProof({ claims, accessToken: token })
  return { method: 'GET', url: '/', rawHeaders: ['Authorization', `${scheme} ${token}`, 'dpop', proof] }
}

describe('a token that is bound to a key', () => {
  test('is taken with its proof, demanded or not', async () => {
    const { admit } = setUp()
    expect(await admit(proving())).toMatchObject({ grant: { subject: 'user-1' }, headers: {}, body: undefined })
    expect(await admit(proving(), { proof: 'dpop' })).toMatchObject({ grant: { subject: 'user-1' } })
  })

  test('comes in a web Request as well, with two headers refused that Fetch has joined', async () => {
    const { guard } = setUp()
    const headers = new Headers({ authorization: `DPoP ${bound}`, dpop: client.makeProof({ accessToken: bound }) })
    expect((await guard.admit(new Request(origin, { headers }))).grant.subject).toBe('user-1')
    headers.append('dpop', client.makeProof({ accessToken: bound }))
    await expect(guard.admit(new Request(origin, { headers }))).rejects.toMatchObject({ code: 'dpop_proof_duplicated' })
  })

  for (const { name, request, options, code } of [
    { name: 'as a bearer token', request: bearing(bound), code: 'dpop_proof_required' },
    { name: 'as a bearer token, with a proof', request: proving({}, bound, 'Bearer'), code: 'dpop_proof_required' },
    { name: 'where no origin is known', request: proving(), options: { origin: undefined }, code: 'proof_required' },
    {
      name: 'where nothing can be spent',
      request: proving(),
      options: { replay: undefined },
      code: 'replay_store_missing',
    },
    {
      name: 'with the proof of the attacker’s own key',
      request: {
        ...proving(),
        rawHeaders: ['Authorization', `DPoP ${bound}`, 'DPoP', other.makeProof({ accessToken: bound })],
      },
      code: 'dpop_key_mismatch',
    },
  ] satisfies { name: string; request: GuardRequest; options?: object; code: string }[]) {
    test(`is refused ${name}`, async () => {
      await expect(setUp(options as unknown as Partial<GuardOptions>).admit(request)).rejects.toMatchObject({ code })
    })
  }
})

describe('a token that is not bound', () => {
  test('is refused under the scheme of those that are', async () => {
    await expect(setUp().admit(proving({}, unbound))).rejects.toMatchObject({ code: 'dpop_token_unbound', status: 401 })
  })

  test('is refused where a proof is demanded, with a challenge that names the scheme', async () => {
    await expect(setUp().admit(bearing(unbound), { proof: 'dpop' })).rejects.toMatchObject({
      code: 'dpop_proof_required',
      headers: { 'WWW-Authenticate': expect.stringMatching(/^DPoP error="invalid_token"/) },
    })
  })

  test('is taken elsewhere, and what else is in the request is not looked at', async () => {
    const { admit, spent } = setUp()
    expect((await admit(proving({}, unbound, 'Bearer'))).grant.subject).toBe('user-1')
    expect(spent.size).toBe(0)
  })
})

describe('the challenge names the scheme', () => {
  test('that the route asks for, to who has no token', async () => {
    const empty = { method: 'GET', url: '/', rawHeaders: [] }
    await expect(setUp().admit(empty, { proof: 'dpop' })).rejects.toMatchObject({
      code: 'missing_token',
      headers: { 'WWW-Authenticate': 'DPoP algs="ES256 Ed25519 EdDSA"' },
    })
  })

  test('that the token came with, when the token is refused', async () => {
    const { admit, clock } = setUp()
    clock.now = noon + 1000
    await expect(admit(proving())).rejects.toMatchObject({
      code: 'token_expired',
      headers: { 'WWW-Authenticate': expect.stringMatching(/^DPoP error="invalid_token", .*, algs="/) },
    })
  })

  test('with the scope that is demanded', async () => {
    await expect(setUp().admit(proving(), { scope: 'admin' })).rejects.toMatchObject({
      headers: {
        'WWW-Authenticate': expect.stringMatching(/^DPoP error="insufficient_scope", .*scope="admin", algs="/),
      },
    })
  })
})

describe('a proof is spent', () => {
  test('once, by its key and "jti"', async () => {
    const { admit } = setUp()
    await admit(proving({ jti: 'a' }))
    await admit(proving({ jti: 'b' }))
    await expect(admit(proving({ jti: 'a' }))).rejects.toMatchObject({ code: 'dpop_proof_replayed' })
  })

  test('only when all else holds', async () => {
    const { admit, spent } = setUp()
    await expect(admit(proving({ jti: 'a' }), { scope: 'admin' })).rejects.toMatchObject({ code: 'insufficient_scope' })
    await expect(admit(proving({ jti: 'a' }), { proof: 'mtls' })).rejects.toMatchObject({
      code: 'certificate_required',
    })
    expect(spent.size).toBe(0)
  })

  test('before a single-use token, which a replayed proof does not burn', async () => {
    const { admit, spent } = setUp()
    await admit(proving({ jti: 'a' }))
    const once = mintAccessToken(issuerKey, { cnf: { jkt: client.jkt }, single_use: true, jti: 'once' })
    await expect(admit(proving({ jti: 'a' }, once))).rejects.toMatchObject({ code: 'dpop_proof_replayed' })
    expect(spent.size).toBe(1)
    await admit(proving({ jti: 'b' }, once))
    await expect(admit(proving({ jti: 'c' }, once))).rejects.toMatchObject({ code: 'token_replayed' })
  })

  test('and refused where the store’s memory begins later than it was made', async () => {
    const replay = { bornAt: noon - 5, spend: () => 'spent' as const }
    const { admit, clock } = setUp({ replay })
    await expect(admit(proving())).rejects.toMatchObject({ code: 'replay_store_reset', status: 401 })
    clock.now = noon + 1
    await admit(proving({ iat: noon + 1 }))
  })
})

describe('where nonces are required', () => {
  const nonceOf = (error: unknown): string => (error as { headers: Record<string, string> }).headers['DPoP-Nonce']!

  test('a proof without one gets one, and each answer the next', async () => {
    const { admit, clock } = setUp({ dpopNonce: 'required' })
    const refusal: unknown = await admit(proving()).catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'dpop_nonce_required',
      status: 401,
      headers: { 'WWW-Authenticate': expect.stringMatching(/^DPoP error="use_dpop_nonce"/) },
    })
    const { headers } = await admit(proving({ nonce: nonceOf(refusal) }))
    expect(headers['DPoP-Nonce']).toMatch(/^[\w-]{30}$/)
    clock.now += 30
    const next = await admit(proving({ nonce: headers['DPoP-Nonce'], iat: clock.now }))
    expect(next.headers['DPoP-Nonce']).not.toBe(headers['DPoP-Nonce'])
  })

  test('a nonce ends after a minute, and the refusal holds a new one', async () => {
    const { admit, clock } = setUp({ dpopNonce: 'required' })
    const nonce = nonceOf(await admit(proving()).catch((error: unknown) => error))
    clock.now += 61
    const refusal: unknown = await admit(proving({ nonce, iat: clock.now })).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'dpop_nonce_refused', headers: { 'DPoP-Nonce': expect.any(String) } })
    await admit(proving({ nonce: nonceOf(refusal), iat: clock.now }))
  })

  test('guards that share a secret take each other’s nonces, and no others', async () => {
    const nonceSecret = randomBytes(32).toString('base64url')
    const [one, two] = [setUp({ dpopNonce: 'required', nonceSecret }), setUp({ dpopNonce: 'required', nonceSecret })]
    const stranger = setUp({ dpopNonce: 'required' })
    const nonce = nonceOf(await one.admit(proving()).catch((error: unknown) => error))
    await two.admit(proving({ nonce }))
    await expect(stranger.admit(proving({ nonce }))).rejects.toMatchObject({ code: 'dpop_nonce_refused' })
  })

  test('bearer tokens get none', async () => {
    expect((await setUp({ dpopNonce: 'required' }).admit(bearing(unbound))).headers).toEqual({})
  })
})

describe('just after a process with its own memory has started', () => {
  // A clock of its own gives each test a store of its own, born when the guard is made.
  const start = () => setUp({ replay: 'memory-one-process', clock: () => noon })

  test('a proof is asked for a nonce, which shows that it was made since', async () => {
    const { admit } = start()
    const refusal: unknown = await admit(proving()).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'dpop_nonce_required', headers: { 'DPoP-Nonce': expect.any(String) } })
    const nonce = (refusal as { headers: Record<string, string> }).headers['DPoP-Nonce']!
    await admit(proving({ nonce, jti: 'once' }))
    await expect(admit(proving({ nonce, jti: 'once' }))).rejects.toMatchObject({ code: 'dpop_proof_replayed' })
  })

  test('a nonce of elsewhere shows nothing', async () => {
    await expect(start().admit(proving({ nonce: 'x'.repeat(30) }))).rejects.toMatchObject({
      code: 'dpop_nonce_required',
    })
  })

  test('nor does one from before the start, of a guard that shares the secret', async () => {
    const shared = { replay: 'memory-one-process', nonceSecret: randomBytes(32).toString('base64url') } as const
    const { headers } = await setUp({ ...shared, clock: () => noon - 1 })
      .admit(proving({ iat: noon - 1 }))
      .catch((error: unknown) => error as { headers: Record<string, string> })
    const { admit } = setUp({ ...shared, clock: () => noon })
    const nonce = headers['DPoP-Nonce']!
    await expect(admit(proving({ nonce }))).rejects.toMatchObject({ code: 'dpop_nonce_required' })
  })
})

describe('what makes no sense is the caller’s mistake', () => {
  test('a proof demanded without an origin', () => {
    expect(() => setUp({ origin: undefined } as never).guard.forRoute({ proof: 'dpop' })).toThrow(TypeError)
  })

  for (const { name, options } of [
    { name: 'an origin with a path', options: { origin: 'https://api.example/v1' } },
    { name: 'an origin that is none', options: { origin: 'api.example' } },
    { name: 'an empty origin', options: { origin: '' } },
    { name: 'a nonce secret that is short', options: { nonceSecret: 'AAAA' } },
    { name: 'a nonce secret that is no base64url', options: { nonceSecret: '=' } },
    { name: 'nonces in other words', options: { dpopNonce: 'always' } },
  ]) {
    test(name, () => expect(() => setUp(options as Partial<GuardOptions>)).toThrow(TypeError))
  }
})
