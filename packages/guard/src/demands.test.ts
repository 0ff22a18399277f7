import { describe, expect, test } from 'vitest'
import { parseDemands } from './demands.ts'
import type { Demands } from './demands.ts'
import { bearing, invalidToken, makeKey, noon, setUpGuard } from './guard.fixture.ts'
import type { ClaimChanges } from './guard.fixture.ts'
import type { GuardOptions } from './guard.ts'

const key = await makeKey('k1')
const setUp = (options: Partial<GuardOptions> = {}) => setUpGuard(key, options)

test('texts and lists are one', () => {
  expect(parseDemands({ scope: 'read write', role: 'a b', acr: 'a' })).toEqual(
    parseDemands({ scope: ['read', 'write'], role: ['a', 'b'], acr: ['a'] }),
  )
  expect(parseDemands({})).toEqual({
    scope: [],
    role: [],
    singleUse: false,
    maxAgeSeconds: undefined,
    acr: [],
    proof: [],
    sealed: false,
  })
})

describe('a demand that would demand nothing is the caller’s mistake', () => {
  for (const { name, demands } of [
    { name: 'a misspelt name', demands: { scopes: 'read' } },
    { name: 'a proof of a later version', demands: { proof: 'psychic' } },
    { name: 'a proof that was never set', demands: { proof: undefined } },
    { name: 'a role that was never set', demands: { role: undefined } },
    { name: 'an empty list of roles', demands: { role: [] } },
    { name: 'sealed in words', demands: { sealed: 'yes' } },
    { name: 'an empty scope', demands: { scope: '' } },
    { name: 'an empty list', demands: { scope: [] } },
    { name: 'a list of nothing', demands: { scope: [''] } },
    { name: 'a scope that was never set', demands: { scope: undefined } },
    { name: 'a malformed scope', demands: { scope: 'read  write' } },
    { name: 'a scope that is no text', demands: { scope: 7 } },
    { name: 'a list with a hole', demands: { scope: ['read', null] } },
    { name: 'an acr that was never set', demands: { acr: undefined } },
    { name: 'a maximum age that was never set', demands: { maxAgeSeconds: undefined } },
    { name: 'a maximum age that is no number', demands: { maxAgeSeconds: Number.NaN } },
    { name: 'a maximum age of text', demands: { maxAgeSeconds: '60' } },
    { name: 'a negative maximum age', demands: { maxAgeSeconds: -1 } },
    { name: 'single use in words', demands: { singleUse: 'yes' } },
  ]) {
    test(name, () => {
      expect(() => parseDemands(demands as unknown as Demands)).toThrow(TypeError)
    })
  }
})

describe('checkDemands', () => {
  const insufficient = (challenge: string) => ({
    code: 'insufficient_user_authentication',
    status: 401,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_user_authentication", ${challenge}` },
  })
  const tooOld = 'error_description="a more recent authentication is demanded"'
  const tooWeak = 'error_description="another authentication is demanded"'

  for (const { name, changes, demands } of [
    { name: 'a scope', changes: {}, demands: { scope: 'read' } },
    { name: 'all of several scopes', changes: {}, demands: { scope: ['write', 'read'] } },
    { name: 'one of several roles', changes: { roles: ['clerk'] }, demands: { role: ['boss', 'clerk'] } },
    { name: 'a fresh authentication', changes: {}, demands: { maxAgeSeconds: 100 } },
    { name: 'a fresh authentication, within the skew', changes: {}, demands: { maxAgeSeconds: 95 } },
    { name: 'one of several contexts', changes: {}, demands: { acr: ['urn:example:passkey', 'urn:example:password'] } },
  ] satisfies { name: string; changes: ClaimChanges; demands: Demands }[]) {
    test(`accepts ${name}`, async () => {
      expect((await setUp().authenticateWith(changes, demands)).subject).toBe('user-1')
    })
  }

  for (const { name, changes = {}, demands, refusal } of [
    {
      name: 'a scope that was not granted',
      demands: { scope: 'read admin' },
      refusal: {
        code: 'insufficient_scope',
        status: 403,
        headers: {
          'WWW-Authenticate':
            'Bearer error="insufficient_scope", error_description="the token lacks a scope that is demanded here", scope="read admin"',
        },
      },
    },
    {
      name: 'any scope where none was granted',
      changes: { scope: undefined },
      demands: { scope: 'read' },
      refusal: { code: 'insufficient_scope', status: 403 },
    },
    {
      name: 'none of the roles',
      changes: { roles: ['clerk'] },
      demands: { role: ['boss', 'auditor'] },
      refusal: {
        code: 'insufficient_role',
        status: 403,
        headers: {
          'WWW-Authenticate':
            'Bearer error="insufficient_scope", error_description="the token has none of the roles that are demanded here"',
        },
      },
    },
    {
      name: 'any role where the token has none',
      demands: { role: 'boss' },
      refusal: { code: 'insufficient_role', status: 403 },
    },
    {
      name: 'a role without the scope that is demanded with it',
      changes: { roles: ['boss'] },
      demands: { role: 'boss', scope: 'admin' },
      refusal: { code: 'insufficient_scope', status: 403 },
    },
    {
      name: 'an old authentication',
      demands: { maxAgeSeconds: 94 },
      refusal: insufficient(`${tooOld}, max_age="94"`),
    },
    {
      name: 'no authentication, where a fresh one is demanded',
      changes: { auth_time: undefined },
      demands: { maxAgeSeconds: 1_000_000 },
      refusal: insufficient(`${tooOld}, max_age="1000000"`),
    },
    {
      name: 'an authentication in the future',
      changes: { auth_time: noon + 6 },
      demands: { maxAgeSeconds: 10 },
      refusal: insufficient(`${tooOld}, max_age="10"`),
    },
    {
      name: 'another context',
      demands: { acr: ['urn:example:passkey', 'urn:example:totp'] },
      refusal: insufficient(`${tooWeak}, acr_values="urn:example:passkey urn:example:totp"`),
    },
    {
      name: 'no context',
      changes: { acr: undefined },
      demands: { acr: 'urn:example:passkey' },
      refusal: insufficient(`${tooWeak}, acr_values="urn:example:passkey"`),
    },
    {
      name: 'another context, and tells of the age too (RFC 9470 §3)',
      demands: { acr: 'urn:example:passkey', maxAgeSeconds: 300 },
      refusal: insufficient(`${tooWeak}, acr_values="urn:example:passkey", max_age="300"`),
    },
    {
      name: 'a reusable token',
      demands: { singleUse: true },
      refusal: invalidToken('single_use_required', 'a single-use token is demanded'),
    },
  ] satisfies { name: string; changes?: ClaimChanges; demands: Demands; refusal: object }[]) {
    test(`refuses ${name}`, async () => {
      const { authenticateWith } = setUp({ replay: 'memory-one-process' })
      await expect(authenticateWith(changes, demands)).rejects.toMatchObject({ name: 'GuardError', ...refusal })
    })
  }

  for (const demands of [
    { singleUse: true },
    { proof: 'dpop' },
    { proof: 'signature' },
    { sealed: true },
  ] satisfies Demands[]) {
    test(`${JSON.stringify(demands)} without a replay store is the caller’s mistake: nothing could be spent`, async () => {
      const options = { origin: 'https://api.example', sessionSecrets: {} }
      const { guard } = setUp(options)
      expect(() => guard.forRoute(demands)).toThrow(TypeError)
      await expect(guard.admit(bearing(''), demands)).rejects.toThrow(TypeError)
      expect(() => setUp({ ...options, replay: 'memory-one-process' }).guard.forRoute(demands)).not.toThrow()
    })
  }

  test('that make no sense are the caller’s mistake, before anything is read', async () => {
    const { guard } = setUp()
    await expect(guard.authenticate(bearing(''), { scopes: 'read' } as Demands)).rejects.toThrow(TypeError)
  })
})
