import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet, JWTVerifyResult } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Client } from '../../store/records.ts'
import { accessTokenHash } from './claims.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

let at: TokenEndpointUnderTest
let client: Client
beforeAll(async () => {
  at = await startTokenEndpoint()
  client = await at.addClient()
})
afterAll(() => at.close())

/** By a peer, so that a fault of ours does not hide itself. */
async function verify(token: string, audience: string, typ: string): Promise<JWTVerifyResult> {
  const keys = createLocalJWKSet((await at.keys.jwks()) as unknown as JSONWebKeySet)
  return jwtVerify(token, keys, { issuer, audience, typ })
}

describe('a code buys', () => {
  test('an access token for the issuer, signed with ES256, and a refresh token (RFC 9068)', async () => {
    const issued = await at.issueCode({ clientId: client.id, scope: 'profile' })
    const { status, headers, body } = await at.redeem(issued)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'profile',
      refresh_token: expect.stringMatching(/^cs_rt_/),
    })
    const { payload, protectedHeader } = await verify(body.access_token, issuer, 'at+jwt')
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: expect.any(String) })
    expect(payload).toMatchObject({
      sub: issued.grant.userId,
      client_id: client.id,
      sid: issued.grant.id,
      amr: ['pwd'],
    })
    expect(payload).not.toHaveProperty('single_use')
    expect(await at.trail(issued.grant.id)).toContain('token.issued')
  })

  test('an ID token for "openid": RS256, the nonce, and the hash of the access token (OpenID Connect Core §3.1.3.7)', async () => {
    const issued = await at.issueCode({ clientId: client.id, scope: 'openid', nonce: 'n-1' })
    const { body } = await at.redeem(issued)
    const { payload, protectedHeader } = await verify(body.id_token, client.id, 'JWT')
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({
      sub: issued.grant.userId,
      nonce: 'n-1',
      auth_time: issued.grant.authTime,
      acr: 'urn:example:acr',
      amr: ['pwd'],
      at_hash: accessTokenHash(body.access_token),
      sid: issued.grant.id,
    })
  })

  test('an ID token in the algorithm that the client registered', async () => {
    const { id: clientId } = await at.addClient({ idTokenAlg: 'ES256' })
    const { body } = await at.redeem(await at.issueCode({ clientId }))
    expect((await verify(body.id_token, clientId, 'JWT')).protectedHeader.alg).toBe('ES256')
  })

  test('an access token for the granted API, in the API’s algorithm (RFC 8707)', async () => {
    const { audience } = await at.addApi({ alg: 'RS256' })
    const { id: clientId } = await at.addClient({ audiences: [audience] })
    const issued = await at.issueCode({ clientId, resource: audience, scope: 'orders:read' })
    const { body } = await at.redeem(issued, { resource: audience })
    const { payload, protectedHeader } = await verify(body.access_token, audience, 'at+jwt')
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({ aud: audience, scope: 'orders:read' })
  })

  test('a single-use access token where it is asked for', async () => {
    const { body } = await at.redeem(await at.issueCode({ clientId: client.id }), { single_use: 'true' })
    expect((await verify(body.access_token, issuer, 'at+jwt')).payload['single_use']).toBe(true)
  })

  for (const { name, facts, scope, refreshes } of [
    { name: 'no refresh token for a third party', facts: { firstParty: false }, scope: 'profile', refreshes: false },
    {
      name: 'one for a third party with offline_access',
      facts: { firstParty: false },
      scope: 'offline_access',
      refreshes: true,
    },
    {
      name: 'none for a client that may not refresh',
      facts: { grantTypes: ['authorization_code'] as const },
      scope: 'profile',
      refreshes: false,
    },
  ]) {
    test(name, async () => {
      const { id: clientId } = await at.addClient(facts)
      const { body } = await at.redeem(await at.issueCode({ clientId, scope }))
      expect(body.refresh_token !== undefined).toBe(refreshes)
    })
  }
})

describe('a code is refused', () => {
  for (const { name, form, code = 'invalid_grant' } of [
    { name: 'with another verifier', form: { code_verifier: 'w'.repeat(43) } },
    { name: 'without a verifier', form: { code_verifier: undefined }, code: 'invalid_request' },
    { name: 'for another resource', form: { resource: 'https://other.example' }, code: 'invalid_target' },
    { name: 'with single_use=1', form: { single_use: '1' }, code: 'invalid_request' },
  ]) {
    test(`${name}, and is spent by that: nobody gets two guesses`, async () => {
      const issued = await at.issueCode({ clientId: client.id })
      const whole = {
        grant_type: 'authorization_code',
        client_id: client.id,
        code: issued.code,
        code_verifier: issued.verifier,
      }
      const sent = Object.entries({ ...whole, ...form }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      )
      const { status, body } = await at.token(Object.fromEntries(sent))
      expect([status, body.error]).toEqual([400, code])
      expect((await at.redeem(issued)).body.error).toBe('invalid_grant')
    })
  }

  test('to another client, though that one knows the verifier', async () => {
    const thief = await at.addClient()
    const { status, body } = await at.redeem(await at.issueCode({ clientId: client.id }), { client_id: thief.id })
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
  })

  test('when it was never issued, and that is counted', async () => {
    const issued = await at.issueCode({ clientId: client.id })
    const { body } = await at.redeem({ ...issued, code: `${issued.code}x` })
    expect(body.error).toBe('invalid_grant')
    expect(at.counted).toContain('token.invalid_grant')
  })

  test('when it is missing', async () => {
    const { body } = await at.token({ grant_type: 'authorization_code', client_id: client.id })
    expect(body.error).toBe('invalid_request')
  })

  test('when its user was disabled meanwhile', async () => {
    const issued = await at.issueCode({ clientId: client.id })
    const event = { type: 'user.disabled', actor: 'operator', id: crypto.randomUUID(), at: at.clock(), detail: {} }
    const none = { userId: null, clientId: null, grantId: null, address: null }
    expect(await at.store.users.disable(issued.grant.userId, at.clock(), { ...event, ...none })).toBe(true)
    expect((await at.redeem(issued)).body.error).toBe('invalid_grant')
  })
})

describe('a code works once', () => {
  test('a second use is refused and revokes what the first one bought (RFC 6749 §4.1.2)', async () => {
    const issued = await at.issueCode({ clientId: client.id })
    const first = await at.redeem(issued)
    expect((await at.redeem(issued)).body.error).toBe('invalid_grant')
    expect((await at.refresh(client.id, first.body.refresh_token)).body.error).toBe('invalid_grant')
    expect((await at.store.grants.find(issued.grant.id))?.revokedAt).not.toBeNull()
    expect(await at.trail(issued.grant.id)).toContain('code.reused')
  })

  test('of 50 parallel redemptions at most one wins, and then nothing of the grant works', async () => {
    const issued = await at.issueCode({ clientId: client.id })
    const answers = await Promise.all(Array.from({ length: 50 }, () => at.redeem(issued)))
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners.length).toBeLessThanOrEqual(1)
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant'])
    for (const { body } of winners) {
      expect((await at.refresh(client.id, body.refresh_token)).body.error).toBe('invalid_grant')
    }
    expect((await at.store.grants.find(issued.grant.id))?.revokedAt).not.toBeNull()
  })

  test('an expired code is refused', async () => {
    const issued = await at.issueCode({ clientId: client.id })
    at.pass(60)
    expect((await at.redeem(issued)).body.error).toBe('invalid_grant')
  })
})
