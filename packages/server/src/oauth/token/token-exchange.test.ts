import { randomUUID } from 'node:crypto'
import { accessTokenType, tokenExchangeGrantType } from '@countersign/protocol'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { dpopKey } from '../../dpop/dpop-proof.fixture.ts'
import type { DpopKey } from '../../dpop/dpop-proof.fixture.ts'
import { archive, startServiceChain, stock, orders, toStock, withActor } from './token-exchange.fixture.ts'
import type { ServiceChain } from './token-exchange.fixture.ts'

let at: ServiceChain
beforeAll(async () => void (at = await startServiceChain()))
afterAll(() => at.close())

describe('a service exchanges a token that it received', () => {
  test('for one at another API: of the same person and grant, with itself as the actor (RFC 8693 §4.1)', async () => {
    const { grant, token } = await at.signIn()
    const { status, headers, body } = await at.exchange(at.ordersService, token, toStock)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: accessTokenType,
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'stock:read',
    })
    expect(decodeJwt(body.access_token)).toMatchObject({
      sub: grant.userId,
      aud: stock,
      client_id: 'orders-service',
      sid: grant.id,
      scope: 'stock:read',
      act: { sub: 'orders-service' },
      amr: ['pwd'],
    })
    const told = (await at.store.audit.list({ limit: 1, newest: true }))[0]
    const subjectTokenId = decodeJwt(token).jti
    expect(told).toMatchObject({
      ...{ type: 'token.issued', actor: 'client:orders-service', userId: grant.userId, grantId: grant.id },
      detail: { grant_type: tokenExchangeGrantType, audience: stock, subject_token_id: subjectTokenId },
    })
  })

  test('for all that it may have there where no scope is named, but for what speaks of the person', async () => {
    const { token } = await at.signIn()
    expect((await at.exchange(at.ordersService, token, { audience: stock })).body.scope).toBe(
      'stock:read stock:reserve',
    )
  })

  test('for less at the same API: no more than the token that it received', async () => {
    const { token } = await at.signIn({ scope: 'orders:read' })
    expect((await at.exchange(at.ordersService, token)).body.scope).toBe('orders:read')
    const { body } = await at.exchange(at.ordersService, token, { resource: orders, scope: 'orders:read' })
    expect(decodeJwt(body.access_token)).toMatchObject({ aud: orders, act: { sub: 'orders-service' } })
    expect((await at.exchange(at.ordersService, token, { scope: 'orders:write' })).body.error).toBe('invalid_scope')
  })

  test('that was exchanged before: the chain of actors grows, the newest outside', async () => {
    const { grant, token } = await at.signIn()
    const second = (await at.exchange(at.ordersService, token, toStock)).body.access_token
    const third = (await at.exchange(at.stockService, second, { resource: archive })).body.access_token
    expect(decodeJwt(third)).toMatchObject({
      sub: grant.userId,
      aud: archive,
      client_id: 'stock-service',
      act: { sub: 'stock-service', act: { sub: 'orders-service' } },
    })
  })

  test('by way of another API back to the first: for no more than was agreed to there', async () => {
    const roundabout = await at.addConfidentialClient({
      ...{ grantTypes: [tokenExchangeGrantType], serves: [orders], audiences: [orders, stock] },
      scopes: ['stock:read', 'orders:read', 'orders:write'],
    })
    const { token } = await at.signIn({}, { scope: 'orders:read' })
    const there = (await at.exchange(roundabout, token, toStock)).body.access_token
    expect((await at.exchange(roundabout, there, { resource: orders })).body.scope).toBe('orders:read')
    const more = await at.exchange(roundabout, there, { resource: orders, scope: 'orders:write' })
    expect([more.status, more.body.error]).toEqual([400, 'invalid_scope'])
  })

  test('with the token of another as the actor', async () => {
    const [customer, clerk] = [await at.signIn(), await at.signIn()]
    const { body } = await at.exchange(at.ordersService, customer.token, { ...toStock, ...withActor(clerk.token) })
    expect(decodeJwt(body.access_token)).toMatchObject({
      sub: customer.grant.userId,
      sid: customer.grant.id,
      act: { sub: clerk.grant.userId },
    })
  })

  test('with the token of another as the actor: it ends with whichever of the two ends first', async () => {
    const ends = at.clock() + 40
    const [early, late] = [await at.signIn({ exp: ends }), await at.signIn()]
    for (const [subject, actor] of [[early, late] as const, [late, early] as const]) {
      const { body } = await at.exchange(at.ordersService, subject.token, { ...toStock, ...withActor(actor.token) })
      expect(decodeJwt(body.access_token).exp).toBe(ends)
      expect(body.expires_in).toBeLessThanOrEqual(40)
    }
  })

  test('that is bound to a key: the proof came with the call, and cannot be repeated', async () => {
    const { token } = await at.signIn({ cnf: { jkt: 'x'.repeat(43) } })
    const { body } = await at.exchange(at.ordersService, token, toStock)
    expect(decodeJwt(body.access_token)).not.toHaveProperty('cnf')
  })

  test('for a single-use token', async () => {
    const { token } = await at.signIn()
    const { body } = await at.exchange(at.ordersService, token, { ...toStock, single_use: 'true' })
    expect(decodeJwt(body.access_token)['single_use']).toBe(true)
  })
})

describe('a client exchanges a token of its own', () => {
  test('for less, with nobody new who acts, and never for an ID token', async () => {
    const web = await at.addConfidentialClient({ grantTypes: ['authorization_code', tokenExchangeGrantType] })
    const { token } = await at.signIn({}, { clientId: web.client.id, resource: null, scope: 'openid profile' })
    const { body } = await at.exchange(web, token, { resource: issuer, scope: 'openid' })
    expect(body).not.toHaveProperty('id_token')
    expect(decodeJwt(body.access_token)).toMatchObject({ aud: issuer, client_id: web.client.id, scope: 'openid' })
    expect(decodeJwt(body.access_token)).not.toHaveProperty('act')
  })

  test('that it got for itself, and stays its subject', async () => {
    const facts = { userId: null, authTime: null, amr: [], acr: null, statusIndex: null, revokedAt: null }
    const own = {
      id: randomUUID(),
      clientId: at.ordersService.client.id,
      scope: '',
      resource: stock,
      createdAt: at.clock(),
    }
    await at.store.grants.issueClientGrant({ ...facts, ...own }, at.arranged())
    const token = await at.signAccessToken({ ...facts, ...own }, { scope: 'stock:read stock:count' })
    const { body } = await at.exchange(at.ordersService, token, { scope: 'stock:count' })
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: 'orders-service', scope: 'stock:count' })
    // And delegated further, by the service that received it.
    const next = await at.exchange(at.stockService, body.access_token, { resource: archive })
    expect(decodeJwt(next.body.access_token)).toMatchObject({ sub: 'orders-service', act: { sub: 'stock-service' } })
  })
})

describe('the new token', () => {
  test('ends no later than the subject token', async () => {
    const exp = at.clock() + 120
    const { token } = await at.signIn({ exp })
    const { body } = await at.exchange(at.ordersService, token, toStock)
    expect(decodeJwt(body.access_token).exp).toBe(exp)
    expect(body.expires_in).toBeGreaterThan(0)
    expect(body.expires_in).toBeLessThanOrEqual(120)
  })

  test('is dead with the grant of the subject: it cannot be exchanged any more', async () => {
    const { grant, token } = await at.signIn()
    const { access_token: exchanged } = (await at.exchange(at.ordersService, token, toStock)).body
    await at.store.grants.revoke(grant.id, at.clock(), at.arranged())
    expect((await at.exchange(at.stockService, exchanged, { resource: archive })).body.error).toBe('invalid_request')
  })

  test('has what the roles of the person give there, no more', async () => {
    const { grant, token } = await at.signIn()
    const asked = { resource: stock, scope: 'stock:read stock:count' }
    expect((await at.exchange(at.ordersService, token, asked)).body.scope).toBe('stock:read')
    await at.store.users.setRoles(grant.userId, ['counter'], at.arranged())
    const { body } = await at.exchange(at.ordersService, token, asked)
    expect(body.scope).toBe('stock:read stock:count')
    expect(decodeJwt(body.access_token)['roles']).toEqual(['counter'])
  })

  test('is bound to the key that the service proves, not to that of the subject token (RFC 9449 §5)', async () => {
    const [key, callersKey] = [await dpopKey(), await dpopKey()]
    const { token } = await at.signIn({ cnf: { jkt: callersKey.jkt } })
    const dpop = await key.makeProof(`${issuer}/oauth/token`)
    const { body } = await at.exchange(at.ordersService, token, toStock, { dpop })
    expect(body.token_type).toBe('DPoP')
    expect(decodeJwt(body.access_token)['cnf']).toEqual({ jkt: key.jkt })
  })

  test('is given for an own token that is bound to a key to who proves that key', async () => {
    const [key, other] = [await dpopKey(), await dpopKey()]
    const { token } = await at.signIn({ client_id: at.stockService.client.id, cnf: { jkt: key.jkt } })
    const scope = { scope: 'orders:read' }
    const prove = async ({ makeProof }: DpopKey) => ({ dpop: await makeProof(`${issuer}/oauth/token`) })
    expect((await at.exchange(at.stockService, token, scope, await prove(other))).body.error).toBe('invalid_request')
    const { body } = await at.exchange(at.stockService, token, scope, await prove(key))
    expect(decodeJwt(body.access_token)).toMatchObject({ scope: 'orders:read', cnf: { jkt: key.jkt } })
  })

  test('is not given for what a service got that has been deleted since', async () => {
    const { token } = await at.signIn()
    const former = await at.addConfidentialClient({
      ...{ grantTypes: [tokenExchangeGrantType], serves: [orders], audiences: [stock], scopes: ['stock:read'] },
    })
    const got = (await at.exchange(former, token, toStock)).body.access_token
    await at.store.clients.delete(former.client.id, at.clock(), at.arranged())
    const { status, body } = await at.exchange(at.stockService, got, { resource: archive })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  test('is not given for a grant that is revoked meanwhile', async () => {
    const { grant, token } = await at.signIn()
    const answers = await Promise.all([
      at.exchange(at.ordersService, token, toStock),
      at.store.grants.revoke(grant.id, at.clock(), at.arranged()),
    ])
    const [{ status, body }] = answers
    if (status !== 200) expect(body.error).toBe('invalid_request')
    expect((await at.exchange(at.ordersService, token, toStock)).body.error).toBe('invalid_request')
  })
})
