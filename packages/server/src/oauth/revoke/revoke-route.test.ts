import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Client, Grant } from '../../store/records.ts'
import { revocationEndpoint } from './index.ts'

let at: OAuthEndpoint
let client: Client
beforeAll(async () => {
  at = await startOAuthEndpoint((app, { store, ...ground }) =>
    app.register(revocationEndpoint, { ...ground, grants: store.grants }),
  )
  client = await at.addClient()
})
afterAll(() => at.close())

const revoke = (form: Readonly<Record<string, string>>, headers = {}) => at.post('/oauth/revoke', form, headers)
const isRevoked = async ({ id }: Grant): Promise<boolean> => (await at.store.grants.find(id))?.revokedAt !== null

describe('giving back a token ends its grant (RFC 7009 §2.1)', () => {
  for (const { kind, issue } of [
    { kind: 'a refresh token', issue: (grant: Grant) => at.issueRefreshToken(grant) },
    { kind: 'an access token', issue: (grant: Grant) => at.signAccessToken(grant) },
  ]) {
    test(kind, async () => {
      const { grant } = await at.issueCode({ clientId: client.id })
      const { status, body } = await revoke({ client_id: client.id, token: await issue(grant) })
      expect([status, body]).toEqual([200, ''])
      expect(await isRevoked(grant)).toBe(true)
      expect(await at.trail(grant.id)).toContain('grant.revoked')
    })
  }

  test('whatever the hint says', async () => {
    const { grant } = await at.issueCode({ clientId: client.id })
    const token = await at.issueRefreshToken(grant)
    await revoke({ client_id: client.id, token, token_type_hint: 'access_token' })
    expect(await isRevoked(grant)).toBe(true)
  })

  test('a confidential client must prove itself', async () => {
    const { client: confidential, secret } = await at.addConfidentialClient()
    const { grant } = await at.issueCode({ clientId: confidential.id })
    const token = await at.issueRefreshToken(grant)
    const unproven = await revoke({ client_id: confidential.id, token })
    expect([unproven.status, unproven.body.error]).toEqual([401, 'invalid_client'])
    expect(await isRevoked(grant)).toBe(false)
    expect((await revoke({ token }, basic(confidential.id, secret))).status).toBe(200)
    expect(await isRevoked(grant)).toBe(true)
  })
})

describe('changes nothing', () => {
  test('for a token that it does not know, or that is dead: 200 (§2.2)', async () => {
    const { grant } = await at.issueCode({ clientId: client.id })
    const now = at.clock()
    const dead = [
      'nonsense',
      'a.b.c',
      await at.signAccessToken(grant, { exp: now - 60 }),
      await at.signAccessToken(grant, { iss: 'https://other.example' }),
      // An ID token is no access token, though the same server signed it.
      await at.signAccessToken(grant, {}, { typ: 'JWT' }),
      (await at.signAccessToken(grant)).slice(0, -8),
    ]
    for (const token of dead) expect((await revoke({ client_id: client.id, token })).status).toBe(200)
    expect(await isRevoked(grant)).toBe(false)
  })

  test('for a token of another client', async () => {
    const { grant } = await at.issueCode({ clientId: client.id })
    const other = await at.addClient()
    for (const token of [await at.issueRefreshToken(grant), await at.signAccessToken(grant)]) {
      const { status, body } = await revoke({ client_id: other.id, token })
      expect([status, body.error]).toEqual([400, 'invalid_grant'])
    }
    expect(await isRevoked(grant)).toBe(false)
  })

  test('for a token that came of an exchange: it ends with the grant of another client', async () => {
    const { grant } = await at.issueCode({ clientId: client.id })
    const service = await at.addClient()
    const token = await at.signAccessToken(grant, { client_id: service.id, act: { sub: service.id } })
    const own = await revoke({ client_id: service.id, token })
    expect([own.status, own.body.error]).toEqual([400, 'unsupported_token_type'])
    const theirs = await revoke({ client_id: client.id, token })
    expect([theirs.status, theirs.body.error]).toEqual([400, 'invalid_grant'])
    expect(await isRevoked(grant)).toBe(false)
  })

  test('without a token', async () => {
    const { status, body } = await revoke({ client_id: client.id })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  test('for an unknown client', async () => {
    const { status, body } = await revoke({ client_id: 'unknown', token: 'x' })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
  })
})
