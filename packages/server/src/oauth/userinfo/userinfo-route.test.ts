import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEvent } from '../../audit/audit.ts'
import { startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer, OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Client, Grant } from '../../store/records.ts'
import { userinfoEndpoint } from './index.ts'

let at: OAuthEndpoint
let client: Client
beforeAll(async () => {
  at = await startOAuthEndpoint((app, { store, ...ground }) =>
    app.register(userinfoEndpoint, { ...ground, users: store.users, grants: store.grants }),
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

test('a single-use token tells once', async () => {
  const token = await at.signAccessToken(await issueGrant('openid'), { single_use: true })
  expect((await userinfo(token)).status).toBe(200)
  const { status, body } = await userinfo(token)
  expect([status, body.error]).toEqual([401, 'invalid_token'])
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
