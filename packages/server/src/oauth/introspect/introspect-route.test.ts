import { hashToken, makeOpaqueToken } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, issuer, startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer, OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { makeEvent } from '../../audit/audit.ts'
import type { Client, Grant } from '../../store/records.ts'
import { introspectionEndpoint } from './index.ts'

const orders = 'https://orders.example'
let at: OAuthEndpoint
let resourceServer: Client
let secret: string
let client: Client
beforeAll(async () => {
  at = await startOAuthEndpoint((app, { store, ...ground }) =>
    app.register(introspectionEndpoint, { ...ground, grants: store.grants, clients: store.clients }),
  )
  await at.addApi({ audience: orders })
  ;({ client: resourceServer, secret } = await at.addConfidentialClient({ serves: [orders] }))
  client = await at.addClient()
})
afterAll(() => at.close())

const introspect = (
  token: string,
  headers: Readonly<Record<string, string>> = basic(resourceServer.id, secret),
): Promise<Answer> => at.post('/oauth/introspect', { token }, headers)
const issueGrant = async (): Promise<Grant & { readonly userId: string }> =>
  (await at.issueCode({ clientId: client.id, resource: orders, scope: 'orders:read' })).grant

describe('a resource server is told about an access token that is for it', () => {
  test('what it says, while it is good (RFC 7662 §2.2)', async () => {
    const grant = await issueGrant()
    const { status, headers, body } = await introspect(await at.signAccessToken(grant))
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toMatchObject({
      active: true,
      token_type: 'Bearer',
      iss: issuer,
      aud: orders,
      sub: grant.userId,
      client_id: client.id,
      scope: 'orders:read',
      sid: grant.id,
    })
  })

  test('as often as it asks about one that is single-use: asking does not spend it', async () => {
    const token = await at.signAccessToken(await issueGrant(), { single_use: true })
    for (let asked = 0; asked < 3; asked++) {
      expect((await introspect(token)).body).toMatchObject({ active: true, single_use: true })
    }
  })

  test('who acts with it, where it came of an exchange (RFC 8693 §4.1), until that client is deleted', async () => {
    const grant = await issueGrant()
    const { id: service } = await at.addClient()
    const act = { sub: service, act: { sub: 'orders-service' } }
    const token = await at.signAccessToken(grant, { client_id: service, act })
    expect((await introspect(token)).body).toMatchObject({ active: true, client_id: service, act })
    const event = makeEvent(at.clock, { type: 'client.deleted', actor: 'operator' })
    await at.store.clients.delete(service, at.clock(), event)
    expect((await introspect(token)).body).toEqual({ active: false })
  })

  test('that it is dead once its grant is revoked, its user disabled or its time over', async () => {
    const [revoked, disabled, expired] = [await issueGrant(), await issueGrant(), await issueGrant()]
    const tokens = [
      await at.signAccessToken(revoked),
      await at.signAccessToken(disabled),
      await at.signAccessToken(expired, { exp: at.clock() - 60 }),
    ]
    const event = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })
    await at.store.grants.revoke(revoked.id, at.clock(), event())
    await at.store.users.disable(disabled.userId, at.clock(), event())
    for (const token of tokens) expect((await introspect(token)).body).toEqual({ active: false })
  })

  test('that it is dead when its key is revoked', async () => {
    const token = await at.signAccessToken(await issueGrant())
    expect((await introspect(token)).body.active).toBe(true)
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }
    await at.keys.revoke(kid)
    expect((await introspect(token)).body).toEqual({ active: false })
  })
})

describe('nobody is told about', () => {
  test('a token for another, a token for the issuer, a forged one, an ID token, nonsense', async () => {
    const grant = await issueGrant()
    const tokens = [
      await at.signAccessToken(grant, { aud: 'https://stock.example' }),
      await at.signAccessToken(grant, { aud: issuer }),
      await at.signAccessToken(grant, { iss: 'https://other.example' }),
      await at.signAccessToken(grant, {}, { typ: 'JWT' }),
      (await at.signAccessToken(grant)).slice(0, -8),
      'nonsense',
    ]
    for (const token of tokens) expect((await introspect(token)).body).toEqual({ active: false })
  })

  test('a refresh token but the client that holds it', async () => {
    const { client: holder, secret: holderSecret } = await at.addConfidentialClient()
    const { grant } = await at.issueCode({ clientId: holder.id })
    const token = await at.issueRefreshToken(grant)
    expect((await introspect(token)).body).toEqual({ active: false })
    const { body } = await introspect(token, basic(holder.id, holderSecret))
    expect(body).toMatchObject({ active: true, client_id: holder.id, sub: grant.userId, scope: grant.scope })
  })
})

test('of a family only the token that would be taken is good: neither what a retry was for nor what it has spent', async () => {
  const { client: holder, secret: holderSecret } = await at.addConfidentialClient()
  const { grant } = await at.issueCode({ clientId: holder.id })
  const [first, lost, linked] = [await at.issueRefreshToken(grant), makeOpaqueToken('rt'), makeOpaqueToken('rt')]
  const told = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'system' })
  const use = async (token: string, next: string): Promise<string> => {
    const ends = { expiresAt: at.clock() + 3600, familyExpiresAt: at.clock() + 7200 }
    const successor = { hash: hashToken(next), grantId: grant.id, clientId: holder.id, jkt: null, ...ends }
    const events = { issued: told(), retried: told(), reused: told() }
    const whole = { hash: hashToken(token), successor, now: at.clock(), mayRetry: true, ...events }
    return (await at.store.grants.rotateRefreshToken(whole)).status
  }
  const activity = () =>
    Promise.all(
      [first, lost, linked].map(async (token) => (await introspect(token, basic(holder.id, holderSecret))).body.active),
    )
  expect(await use(first, lost)).toBe('rotated')
  expect(await activity()).toEqual([false, true, false])
  expect(await use(first, linked)).toBe('retried')
  expect(await activity()).toEqual([false, false, true])
  expect(await use(first, makeOpaqueToken('rt'))).toBe('replayed')
  expect(await activity()).toEqual([false, false, false])
})

describe('refuses', () => {
  test('a public client', async () => {
    const { status, body } = await at.post('/oauth/introspect', { client_id: client.id, token: 'x' })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
  })

  test('a wrong secret', async () => {
    const { status, body } = await introspect('x', basic(resourceServer.id, 'guess'))
    expect([status, body.error]).toEqual([401, 'invalid_client'])
  })

  test('a request without a token', async () => {
    const { status, body } = await at.post('/oauth/introspect', { x: 'y' }, basic(resourceServer.id, secret))
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })
})
