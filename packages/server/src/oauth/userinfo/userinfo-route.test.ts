import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEvent } from '../../audit/audit.ts'
import { selfSigned } from '../../client-authentication/certificate.fixture.ts'
import { headerOf } from '../../client-authentication/mutual-tls.fixture.ts'
import { issuer, startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer, OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { dpopKey } from '../../dpop/dpop-proof.fixture.ts'
import type { DpopKey } from '../../dpop/dpop-proof.fixture.ts'
import type { Client, Grant } from '../../store/records.ts'
import { userinfoEndpoint } from './index.ts'

let at: OAuthEndpoint
let client: Client
beforeAll(async () => {
  at = await startOAuthEndpoint(
    (app, { store, ...ground }) => app.register(userinfoEndpoint, { ...ground, ...store }),
    { clientCertHeader: 'Client-Cert', trustedProxies: '127.0.0.1' },
  )
  client = await at.addClient()
})
afterAll(() => at.close())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const userinfo = (token: string): Promise<Answer> => at.get('/oauth/userinfo', bearer(token))
const issueGrant = async (scope: string): Promise<Grant & { readonly userId: string }> =>
  (await at.issueCode({ clientId: client.id, scope })).grant

test('tells by GET and by POST what the scope allows (OpenID Connect Core §5.3)', async () => {
  const grant = await issueGrant('openid profile email')
  const user = await at.store.users.find(grant.userId)
  const told = { sub: grant.userId, preferred_username: user?.username, email: user?.email }
  const token = await at.signAccessToken(grant)
  const answer = await userinfo(token)
  expect([answer.status, answer.body]).toEqual([200, told])
  expect(answer.headers['cache-control']).toBe('no-store')
  expect((await at.post('/oauth/userinfo', {}, bearer(token))).body).toEqual(told)
})

test('tells the roles that the user has now, those that there are', async () => {
  const event = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })
  await at.store.roles.insert({ name: 'teller', scopes: {}, createdAt: at.clock() }, event())
  const grant = await issueGrant('openid profile')
  await at.store.users.setRoles(grant.userId, ['teller', 'deleted'], event())
  expect((await userinfo(await at.signAccessToken(grant))).body.roles).toEqual(['teller'])
})

test('a single-use token tells once', async () => {
  const token = await at.signAccessToken(await issueGrant('openid'), { single_use: true })
  expect((await userinfo(token)).status).toBe(200)
  const { status, body } = await userinfo(token)
  expect([status, body.error]).toEqual([401, 'invalid_token'])
})

describe('with a token that is bound to a key (RFC 9449 §7)', () => {
  const htu = `${issuer}/oauth/userinfo`
  const bind = async (key: DpopKey): Promise<string> =>
    at.signAccessToken(await issueGrant('openid'), { cnf: { jkt: key.jkt } })
  const prove = async (key: DpopKey, token: string, claims: Readonly<Record<string, unknown>> = {}) => {
    const ath = hash('sha256', token, 'base64url')
    const dpop = await key.makeProof(htu, { claims: { htm: 'GET', ath, ...claims } })
    return { authorization: `DPoP ${token}`, dpop }
  }

  test('tells who has the key', async () => {
    const key = await dpopKey()
    const token = await bind(key)
    expect((await at.get('/oauth/userinfo', await prove(key, token))).status).toBe(200)
  })

  test('tells a browser with a nonce, which it gets when it asks, and which the token endpoint takes, too', async () => {
    const key = await dpopKey()
    const token = await bind(key)
    const origin = { origin: 'https://app.example' }
    const asked = await at.get('/oauth/userinfo', { ...(await prove(key, token)), ...origin })
    expect([asked.status, asked.body.error]).toEqual([401, 'use_dpop_nonce'])
    const nonce = String(asked.headers['dpop-nonce'])
    expect(at.nonces.check(nonce)).toBe(true)
    const told = await at.get('/oauth/userinfo', { ...(await prove(key, token, { nonce })), ...origin })
    expect(told.status).toBe(200)
    expect(at.nonces.check(String(told.headers['dpop-nonce']))).toBe(true)
  })

  test('tells nobody else: as a bearer token, with another key, for another token', async () => {
    const [key, thief] = [await dpopKey(), await dpopKey()]
    const token = await bind(key)
    const answers = [
      await userinfo(token),
      await at.get('/oauth/userinfo', await prove(thief, token)),
      await at.get('/oauth/userinfo', await prove(key, token, { ath: 'A'.repeat(43) })),
    ]
    for (const { status, headers } of answers) {
      expect(status).toBe(401)
      expect(headers['www-authenticate']).toMatch(/^DPoP /)
    }
  })
})

describe('with a token that is bound to a certificate (RFC 8705 §3)', async () => {
  const [own, other] = [await selfSigned(), await selfSigned()]

  test('tells who has shown it, and nobody else', async () => {
    const token = await at.signAccessToken(await issueGrant('openid'), { cnf: { 'x5t#S256': own.thumbprint } })
    const ask = (headers: Readonly<Record<string, string>>) =>
      at.get('/oauth/userinfo', { ...bearer(token), ...headers })
    expect((await ask({ 'client-cert': headerOf(own) })).status).toBe(200)
    for (const headers of [{}, { 'client-cert': headerOf(other) }, { 'client-cert': 'made up' }]) {
      const { status, body } = await ask(headers)
      expect([status, body.error]).toEqual([401, 'invalid_token'])
    }
  })
})

describe('refuses', () => {
  test('a token without "openid": 403', async () => {
    const { status, headers, body } = await userinfo(await at.signAccessToken(await issueGrant('profile')))
    expect([status, body.error]).toEqual([403, 'insufficient_scope'])
    expect(headers['www-authenticate']).toMatch(/^Bearer .*scope="openid"/)
  })

  test('a token for an API, an expired one, a forged one, an ID token: 401', async () => {
    const grant = await issueGrant('openid')
    const tokens = [
      await at.signAccessToken(grant, { aud: 'https://orders.example' }),
      await at.signAccessToken(grant, { exp: at.clock() - 60 }),
      await at.signAccessToken(grant, {}, { typ: 'JWT' }),
      (await at.signAccessToken(grant)).slice(0, -8),
    ]
    for (const token of tokens) {
      const { status, headers, body } = await userinfo(token)
      expect([status, body.error]).toEqual([401, 'invalid_token'])
      expect(headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/)
    }
  })

  test('a token whose grant is revoked or whose user is disabled or deleted: 401', async () => {
    const grants = [await issueGrant('openid'), await issueGrant('openid'), await issueGrant('openid')] as const
    const tokens = await Promise.all(grants.map((grant) => at.signAccessToken(grant)))
    const event = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })
    await at.store.grants.revoke(grants[0].id, at.clock(), event())
    await at.store.users.disable(grants[1].userId, at.clock(), event())
    await at.store.users.delete(grants[2].userId, at.clock(), event())
    for (const token of tokens) {
      const { status, headers, body } = await userinfo(token)
      expect([status, body.error]).toEqual([401, 'invalid_token'])
      expect(headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/)
    }
  })

  test('a token of a client that acts for itself', async () => {
    const grant = { ...(await issueGrant('openid')), id: crypto.randomUUID(), userId: null, authTime: null, amr: [] }
    await at.store.grants.issueClientGrant(grant, makeEvent(at.clock, { type: 'test.arranged', actor: 'system' }))
    const { status, body } = await userinfo(await at.signAccessToken(grant))
    expect([status, body.error]).toEqual([401, 'invalid_token'])
  })

  test('no token, with a bare challenge (RFC 6750 §3.1); a token in the query or the body is none (RFC 9700 §4.3)', async () => {
    const token = await at.signAccessToken(await issueGrant('openid'))
    const answers = [
      await at.get('/oauth/userinfo'),
      await at.get(`/oauth/userinfo?access_token=${token}`),
      await at.post('/oauth/userinfo', { access_token: token }),
    ]
    for (const { status, headers } of answers) {
      expect(status).toBe(401)
      expect(headers['www-authenticate']).toMatch(/^Bearer(?!.*error=)/)
    }
  })
})
