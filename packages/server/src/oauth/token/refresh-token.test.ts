import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEvent } from '../../audit/audit.ts'
import type { Client } from '../../store/records.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

let at: TokenEndpointUnderTest
let client: Client
beforeAll(async () => {
  at = await startTokenEndpoint()
  client = await at.addClient()
})
afterAll(() => at.close())

async function signIn(
  scope = 'openid profile email',
): Promise<{ grantId: string; userId: string; refreshToken: string }> {
  const issued = await at.issueCode({ clientId: client.id, scope, nonce: 'n-1' })
  const { body } = await at.redeem(issued)
  return { grantId: issued.grant.id, userId: issued.grant.userId, refreshToken: body.refresh_token }
}

describe('a refresh token buys', () => {
  test('new tokens of the same grant, and its successor', async () => {
    const { grantId, userId, refreshToken } = await signIn()
    const { status, body } = await at.refresh(client.id, refreshToken)
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'openid profile email' })
    expect(body.refresh_token).not.toBe(refreshToken)
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: userId, sid: grantId })
    expect((await at.refresh(client.id, body.refresh_token)).status).toBe(200)
  })

  test('an ID token that tells of the same sign-in, without its nonce (OpenID Connect Core §12.2)', async () => {
    const { userId, grantId, refreshToken } = await signIn()
    const claims = decodeJwt((await at.refresh(client.id, refreshToken)).body.id_token)
    const grant = await at.store.grants.find(grantId)
    expect(claims).toMatchObject({ sub: userId, aud: client.id, auth_time: grant?.authTime })
    expect(claims).not.toHaveProperty('nonce')
  })

  test('less scope where less is asked for, and all of it again the next time', async () => {
    const { refreshToken } = await signIn()
    const narrowed = await at.refresh(client.id, refreshToken, { scope: 'email' })
    expect(narrowed.body.scope).toBe('email')
    expect(narrowed.body).not.toHaveProperty('id_token')
    expect(decodeJwt(narrowed.body.access_token)['scope']).toBe('email')
    expect((await at.refresh(client.id, narrowed.body.refresh_token)).body.scope).toBe('openid profile email')
  })

  test('a single-use access token where it is asked for', async () => {
    const { refreshToken } = await signIn()
    const { body } = await at.refresh(client.id, refreshToken, { single_use: 'true' })
    expect(decodeJwt(body.access_token)['single_use']).toBe(true)
  })
})

describe('roles are looked at again at every use', () => {
  const event = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })

  test('one that is taken away narrows the next token, one that is given back widens it to what was granted', async () => {
    const { audience } = await at.addApi({ scopes: ['orders:read', 'orders:write', 'orders:delete'] })
    await at.store.roles.insert(
      { name: 'seller', scopes: { [audience]: ['orders:write', 'orders:delete'] }, createdAt: at.clock() },
      event(),
    )
    const { id: clientId } = await at.addClient({ audiences: [audience] })
    const { id: userId } = await at.addUser({ roles: ['seller'] })
    const scope = 'orders:read orders:write'
    const { body: first } = await at.redeem(await at.issueCode({ clientId, userId, resource: audience, scope }))
    expect(first.scope).toBe(scope)
    expect(decodeJwt(first.access_token)).toMatchObject({ scope, roles: ['seller'] })

    await at.store.users.setRoles(userId, [], event())
    const { body: narrowed } = await at.refresh(clientId, first.refresh_token)
    expect(narrowed.scope).toBe('orders:read')
    expect(decodeJwt(narrowed.access_token)['scope']).toBe('orders:read')
    expect(decodeJwt(narrowed.access_token)).not.toHaveProperty('roles')
    const { body: nothing } = await at.refresh(clientId, narrowed.refresh_token, { scope: 'orders:write' })
    expect(nothing).not.toHaveProperty('scope')
    expect(decodeJwt(nothing.access_token)).not.toHaveProperty('scope')

    await at.store.users.setRoles(userId, ['seller'], event())
    const { body: again } = await at.refresh(clientId, nothing.refresh_token)
    expect(again.scope).toBe(scope)
  })

  test('one that was given to a user after the code was issued, or taken, counts when the code is redeemed', async () => {
    const { audience } = await at.addApi()
    const role = { name: 'buyer', scopes: { [audience]: ['orders:write'] }, createdAt: at.clock() }
    await at.store.roles.insert(role, event())
    const { id: clientId } = await at.addClient({ audiences: [audience] })
    const issued = await at.issueCode({ clientId, resource: audience, scope: 'orders:read orders:write' })
    expect((await at.redeem(issued)).body.scope).toBe('orders:read')
  })
})

describe('a request that is refused for its own fault costs no token', () => {
  for (const { name, form, code } of [
    { name: 'more scope than granted', form: { scope: 'openid orders:write' }, code: 'invalid_scope' },
    { name: 'another resource', form: { resource: 'https://other.example' }, code: 'invalid_target' },
    { name: 'single_use=yes', form: { single_use: 'yes' }, code: 'invalid_request' },
  ]) {
    test(name, async () => {
      const { refreshToken } = await signIn()
      const { status, body } = await at.refresh(client.id, refreshToken, form)
      expect([status, body.error]).toEqual([400, code])
      expect((await at.refresh(client.id, refreshToken)).status).toBe(200)
    })
  }

  test('another client', async () => {
    const { refreshToken } = await signIn()
    const thief = await at.addClient()
    expect((await at.refresh(thief.id, refreshToken)).body.error).toBe('invalid_grant')
    expect((await at.refresh(client.id, refreshToken)).status).toBe(200)
  })
})

describe('a refresh token is refused', () => {
  test('when it was never issued, and that is counted', async () => {
    expect((await at.refresh(client.id, 'cs_rt_never')).body.error).toBe('invalid_grant')
    expect(at.counted).toContain('token.invalid_grant')
  })

  test('when it is missing', async () => {
    const { body } = await at.token({ grant_type: 'refresh_token', client_id: client.id })
    expect(body.error).toBe('invalid_request')
  })

  test('when its grant was revoked or its user deleted', async () => {
    const revoked = await signIn()
    const deleted = await signIn()
    const event = { actor: 'operator', id: crypto.randomUUID(), at: at.clock(), detail: {} }
    const none = { userId: null, clientId: null, grantId: null, address: null }
    await at.store.grants.revoke(revoked.grantId, at.clock(), { ...event, ...none, type: 'grant.revoked' })
    await at.store.users.delete(deleted.userId, at.clock(), {
      ...event,
      ...none,
      type: 'user.deleted',
      id: crypto.randomUUID(),
    })
    for (const { refreshToken } of [revoked, deleted]) {
      expect((await at.refresh(client.id, refreshToken)).body.error).toBe('invalid_grant')
    }
  })
})

describe('reuse ends the family (RFC 9700 §4.14.2)', () => {
  for (const { name, form } of [
    { name: 'in a good request', form: {} },
    { name: 'in a request that would be refused anyway', form: { scope: 'orders:write' } },
  ]) {
    test(name, async () => {
      const { grantId, refreshToken } = await signIn()
      const { body } = await at.refresh(client.id, refreshToken)
      expect((await at.refresh(client.id, refreshToken, form)).body.error).toBe('invalid_grant')
      expect((await at.refresh(client.id, body.refresh_token)).body.error).toBe('invalid_grant')
      expect(await at.trail(grantId)).toContain('refresh.reused')
    })
  }

  test('by another client', async () => {
    const { refreshToken } = await signIn()
    const { body } = await at.refresh(client.id, refreshToken)
    const thief = await at.addClient()
    expect((await at.refresh(thief.id, refreshToken)).body.error).toBe('invalid_grant')
    expect((await at.refresh(client.id, body.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('of 50 parallel uses at most one wins, and then nothing of the family works', async () => {
    const { grantId, refreshToken } = await signIn()
    const answers = await Promise.all(Array.from({ length: 50 }, () => at.refresh(client.id, refreshToken)))
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners.length).toBeLessThanOrEqual(1)
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant'])
    for (const { body } of winners) {
      expect((await at.refresh(client.id, body.refresh_token)).body.error).toBe('invalid_grant')
    }
    expect((await at.store.grants.find(grantId))?.revokedAt).not.toBeNull()
  })
})

describe('time (ASVS 10.4.8)', () => {
  const day = 86_400

  test('a refresh token that is not used for 30 days is dead', async () => {
    const { refreshToken } = await signIn()
    at.pass(30 * day)
    expect((await at.refresh(client.id, refreshToken)).body.error).toBe('invalid_grant')
  })

  test('a family is dead 90 days after its sign-in, however often it was used', async () => {
    let { refreshToken } = await signIn()
    for (const days of [29, 29, 29]) {
      at.pass(days * day)
      refreshToken = (await at.refresh(client.id, refreshToken)).body.refresh_token
      expect(refreshToken).toMatch(/^cs_rt_/)
    }
    at.pass(3 * day)
    expect((await at.refresh(client.id, refreshToken)).body.error).toBe('invalid_grant')
  })
})
