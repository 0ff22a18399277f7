import { exportPublicJwk, secretKey } from '@countersign/tokens'
import { describe, expect, test } from 'vitest'
import type { GuardRequest } from './guard-request.ts'
import type { GuardErrorCode } from './guard-error.ts'
import {
  accessTokenClaims,
  audience,
  invalidToken,
  makeKey,
  mintAccessToken,
  noon,
  setUpGuard,
} from './guard.fixture.ts'
import type { ClaimChanges } from './guard.fixture.ts'
import type { GuardOptions } from './guard.ts'

const [key, otherKey, unknownKey] = await Promise.all([makeKey('k1'), makeKey('k1'), makeKey('k2')])
const jkt = 'x'.repeat(43)
const setUp = (options: Partial<GuardOptions> = {}) => setUpGuard(key, options)

describe('a good token', () => {
  test('becomes a grant', async () => {
    expect(await setUp().authenticateWith({})).toEqual({
      subject: 'user-1',
      clientId: 'client-1',
      scope: ['read', 'write'],
      roles: [],
      claims: accessTokenClaims,
      tokenId: 'token-1',
    })
  })

  test('comes in a web Request as well', async () => {
    const headers = { authorization: `Bearer ${mintAccessToken(key)}` }
    const grant = await setUp().guard.authenticate(new Request('https://api.example/', { headers }))
    expect(grant.subject).toBe('user-1')
  })

  for (const { name, changes, typ } of [
    { name: 'for several audiences', changes: { aud: ['https://other.example', audience] } },
    { name: 'without a scope', changes: { scope: undefined } },
    { name: 'until the skew has passed', changes: { exp: noon - 4 } },
    { name: 'from a clock that is ahead by the skew', changes: { iat: noon + 5, nbf: noon + 5 } },
    { name: 'of the long type (RFC 9068 §2.1)', changes: {}, typ: 'application/at+jwt' },
  ]) {
    test(`is one ${name}`, async () => {
      expect((await setUp().authenticate(mintAccessToken(key, changes, typ))).tokenId).toBe('token-1')
    })
  }

  test('gives a grant that no handler can change for the next', async () => {
    const { authenticate } = setUp()
    const token = mintAccessToken(key, { teams: [{ name: 'readers' }] })
    const grant = await authenticate(token)
    expect(() => (grant.scope as string[]).push('admin')).toThrow(TypeError)
    expect(() => Object.assign((grant.claims['teams'] as object[])[0]!, { name: 'admin' })).toThrow(TypeError)
    expect(() => Object.assign(grant, { subject: 'root' })).toThrow(TypeError)
    expect(await authenticate(token)).toEqual(grant)
  })
})

describe('is refused, each time that it comes (RFC 9068 §4)', () => {
  for (const { name, changes, typ, code } of [
    { name: 'expired', changes: { exp: noon - 5 }, code: 'token_expired' },
    { name: 'not yet valid', changes: { nbf: noon + 6 }, code: 'token_not_yet_valid' },
    { name: 'issued in the future', changes: { iat: noon + 6 }, code: 'token_not_yet_valid' },
    { name: 'from another issuer', changes: { iss: 'https://id.example/' }, code: 'token_issuer_mismatch' },
    { name: 'for another audience', changes: { aud: 'https://api.example/' }, code: 'token_audience_mismatch' },
    { name: 'for no audience', changes: { aud: undefined }, code: 'token_audience_mismatch' },
    { name: 'an ID token', changes: {}, typ: 'JWT', code: 'token_type_mismatch' },
    { name: 'a token of a type in another case', changes: {}, typ: 'AT+JWT', code: 'token_type_mismatch' },
    { name: 'without "exp"', changes: { exp: undefined }, code: 'token_claim_missing' },
    { name: 'without "sub"', changes: { sub: undefined }, code: 'token_claim_missing' },
    { name: 'without "client_id"', changes: { client_id: undefined }, code: 'token_claim_missing' },
    { name: 'without "iat"', changes: { iat: undefined }, code: 'token_claim_missing' },
    { name: 'without "jti"', changes: { jti: undefined }, code: 'token_claim_missing' },
    { name: 'with an empty "sub"', changes: { sub: '' }, code: 'token_claim_invalid' },
    { name: 'with a "client_id" that is no text', changes: { client_id: 7 }, code: 'token_claim_invalid' },
    { name: 'with a "scope" that is a list', changes: { scope: ['read'] }, code: 'token_claim_invalid' },
    { name: 'with a malformed "scope"', changes: { scope: 'read  write' }, code: 'token_claim_invalid' },
    { name: 'with a "single_use" in words', changes: { single_use: 'true' }, code: 'token_claim_invalid' },
    { name: 'with a "single_use" of null', changes: { single_use: null }, code: 'token_claim_invalid' },
    { name: 'with an "auth_time" of text', changes: { auth_time: '0' }, code: 'token_claim_invalid' },
    { name: 'with an "acr" that is a list', changes: { acr: ['a'] }, code: 'token_claim_invalid' },
    { name: 'with "roles" in words', changes: { roles: 'admin' }, code: 'token_claim_invalid' },
    { name: 'with a role that is no text', changes: { roles: ['admin', 7] }, code: 'token_claim_invalid' },
    { name: 'bound to something in words', changes: { cnf: 'x' }, code: 'token_claim_invalid' },
    { name: 'bound to null', changes: { cnf: null }, code: 'token_claim_invalid' },
    { name: 'bound to a thumbprint that is none', changes: { cnf: { jkt: 'x' } }, code: 'token_claim_invalid' },
    { name: 'bound to a thumbprint of null', changes: { cnf: { jkt: null } }, code: 'token_claim_invalid' },
    { name: 'bound to nothing', changes: { cnf: {} }, code: 'proof_required' },
    { name: 'bound to a key ID', changes: { cnf: { kid: 'x' } }, code: 'proof_required' },
    { name: 'bound to a key ID as well', changes: { cnf: { 'x5t#S256': jkt, kid: 'x' } }, code: 'proof_required' },
    { name: 'bound to a key, where no proof is taken', changes: { cnf: { jkt } }, code: 'proof_required' },
  ] satisfies { name: string; changes: ClaimChanges; typ?: string; code: GuardErrorCode }[]) {
    test(`a token ${name}`, async () => {
      const { authenticate } = setUp()
      const token = mintAccessToken(key, changes, typ)
      for (let time = 0; time < 2; time++) {
        await expect(authenticate(token)).rejects.toMatchObject({
          name: 'GuardError',
          code,
          status: 401,
          headers: { 'WWW-Authenticate': expect.stringMatching(/^Bearer error="invalid_token", error_description="/) },
        })
      }
    })
  }

  for (const { name, token, code } of [
    { name: 'no JWT', token: 'abc', code: 'token_malformed' },
    { name: 'an opaque token', token: `cs_at_${'a'.repeat(49)}`, code: 'token_malformed' },
    { name: 'too long', token: `${'a'.repeat(8193)}.a.a`, code: 'token_too_large' },
    { name: 'padded', token: `${mintAccessToken(key)}=`, code: 'token_malformed' },
    {
      name: 'signed by another key of the same kid',
      token: mintAccessToken(otherKey),
      code: 'token_signature_invalid',
    },
    { name: 'signed by a key of another kid', token: mintAccessToken(unknownKey), code: 'token_key_unknown' },
    {
      name: 'of "alg": "none"',
      token: `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${mintAccessToken(key).split('.')[1]}.`,
      code: 'token_algorithm_refused',
    },
    {
      name: 'signed with the public key as a secret',
      token: mintAccessToken(secretKey('HS256', Buffer.from(JSON.stringify(exportPublicJwk(key))), { kid: 'k1' })),
      code: 'token_algorithm_refused',
    },
  ] satisfies { name: string; token: string; code: GuardErrorCode }[]) {
    test(`a token ${name}`, async () => {
      const { authenticate } = setUp()
      await expect(authenticate(token)).rejects.toMatchObject({ name: 'GuardError', code, status: 401 })
      await expect(authenticate(token)).rejects.toMatchObject({ code })
    })
  }

  test('a token in the query, the form or a cookie', async () => {
    const token = mintAccessToken(key)
    const request: GuardRequest = {
      method: 'POST',
      url: `/?access_token=${token}`,
      rawHeaders: ['Cookie', `access_token=${token}`, 'Content-Type', 'application/x-www-form-urlencoded'],
      readBody: async () => Buffer.from(`access_token=${token}`),
    }
    await expect(setUp().guard.authenticate(request)).rejects.toMatchObject({
      code: 'missing_token',
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer' },
    })
  })
})

test('the refusal says why, and nothing of the token', async () => {
  const token = mintAccessToken(key, { exp: noon - 5 })
  await expect(setUp().authenticate(token)).rejects.toMatchObject(
    invalidToken('token_expired', 'the token has expired'),
  )
})

describe('an option that makes no sense is the caller’s mistake', () => {
  for (const { name, options } of [
    { name: 'no issuer', options: { issuer: '' } },
    { name: 'no audience', options: { audience: undefined } },
    { name: 'a negative skew', options: { clockSkewSeconds: -1 } },
    { name: 'a skew beyond a minute', options: { clockSkewSeconds: 61 } },
    { name: 'a staleness that is no number', options: { jwksMaxStaleSeconds: Number.NaN } },
    { name: 'a JWK Set URI that anyone on the way can change', options: { keys: 'http://id.example/jwks' } },
    { name: 'a JWK Set URI that only looks like this machine', options: { keys: 'http://127.0.0.1.id.example/jwks' } },
    { name: 'a JWK Set URI that is none', options: { keys: 'jwks.json' } },
    { name: 'another kind of URI', options: { keys: 'file:///etc/jwks.json' } },
  ]) {
    test(name, () => {
      expect(() => setUp(options as Partial<GuardOptions>)).toThrow(TypeError)
    })
  }
})
