/** What becomes of tokens for an API that is changed or deleted after they were granted. */

import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEvent } from '../../audit/audit.ts'
import { basic, startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Api } from '../../store/records.ts'
import { tokenEndpoint } from './index.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

let at: TokenEndpointUnderTest
beforeAll(async () => void (at = await startTokenEndpoint()))
afterAll(() => at.close())

const event = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })
const change = async (api: Api, changes: Partial<Api>): Promise<Api> => {
  const changed = { ...api, ...changes }
  expect(await at.store.apis.replace(api, changed, event())).toBe('replaced')
  return changed
}

/** An API, an app that signs people in to it, and a service that calls it for itself. */
async function setUp() {
  const api = await at.addApi()
  const { audience } = api
  const scopes = ['orders:read', 'orders:write']
  const { id: clientId } = await at.addClient({ audiences: [audience], scopes })
  const service = await at.addConfidentialClient({ grantTypes: ['client_credentials'], audiences: [audience], scopes })
  const authorization = basic(service.client.id, service.secret)
  return {
    api,
    clientId,
    issueCode: () => at.issueCode({ clientId, resource: audience, scope: 'orders:read orders:write' }),
    callForItself: () => at.token({ grant_type: 'client_credentials', resource: audience }, authorization),
  }
}

describe('a scope of an API', () => {
  test('that is removed is in no token from then on, and is what was granted if it comes back', async () => {
    const { api, clientId, issueCode } = await setUp()
    const { body: first } = await at.redeem(await issueCode())
    expect(first.scope).toBe('orders:read orders:write')
    const without = await change(api, { scopes: ['orders:read'] })
    const { body: second } = await at.refresh(clientId, first.refresh_token)
    expect([second.scope, decodeJwt(second.access_token)['scope']]).toEqual(['orders:read', 'orders:read'])
    const { body: none } = await at.refresh(clientId, second.refresh_token, { scope: 'orders:write' })
    expect(decodeJwt(none.access_token)).not.toHaveProperty('scope')
    await change(without, { scopes: ['orders:write', 'orders:read', 'orders:delete'] })
    expect((await at.refresh(clientId, none.refresh_token)).body.scope).toBe('orders:read orders:write')
  })

  test('that is removed before the code is redeemed is in no token', async () => {
    const { api, issueCode } = await setUp()
    const issued = await issueCode()
    await change(api, { scopes: ['orders:write'] })
    expect((await at.redeem(issued)).body.scope).toBe('orders:write')
  })

  test('that becomes single-use makes the next token single-use', async () => {
    const { api, clientId, issueCode } = await setUp()
    const { body: first } = await at.redeem(await issueCode())
    expect(decodeJwt(first.access_token)).not.toHaveProperty('single_use')
    await change(api, { singleUseScopes: ['orders:write'] })
    const { body: second } = await at.refresh(clientId, first.refresh_token)
    expect(decodeJwt(second.access_token)['single_use']).toBe(true)
  })
})

describe('an API that is deleted', () => {
  test('gets no token any more: not for a code, not for a refresh token, not for a client', async () => {
    const { api, clientId, issueCode, callForItself } = await setUp()
    const issued = await issueCode()
    const { body } = await at.redeem(await issueCode())
    expect((await callForItself()).status).toBe(200)
    await at.store.apis.delete(api.audience, at.clock(), event())

    const answers = [await at.redeem(issued), await at.refresh(clientId, body.refresh_token), await callForItself()]
    expect(answers.map(({ status, body: { error } }) => [status, error])).toEqual([
      [400, 'invalid_grant'],
      [400, 'invalid_grant'],
      [400, 'invalid_target'],
    ])
  })

  test('and made again is open to nobody whom it was open to', async () => {
    const { api, clientId, issueCode, callForItself } = await setUp()
    const { body } = await at.redeem(await issueCode())
    await at.store.apis.delete(api.audience, at.clock(), event())
    await at.addApi(api)
    expect((await at.refresh(clientId, body.refresh_token)).body.error).toBe('invalid_grant')
    expect((await callForItself()).body.error).toBe('invalid_target')
  })

  test('in the moment in which a client gets a token for it: the token is not issued', async () => {
    let inTheMoment = async (): Promise<unknown> => undefined
    const endpoint = await startOAuthEndpoint((app, { store, settings, placeGrant, ...ground }) =>
      app.register(tokenEndpoint, {
        ...{ ...ground, ...store, lifetimes: settings },
        placeGrant: async (issue) => {
          await inTheMoment()
          return placeGrant(issue)
        },
      }),
    )
    const { audience } = await endpoint.addApi()
    const facts = { grantTypes: ['client_credentials'], audiences: [audience], scopes: ['orders:read'] } as const
    const { client, secret } = await endpoint.addConfidentialClient(facts)
    const form = { grant_type: 'client_credentials', resource: audience }
    const ask = async () => (await endpoint.post('/oauth/token', form, basic(client.id, secret))).body.error as unknown
    expect(await ask()).toBeUndefined()
    inTheMoment = () => endpoint.store.apis.delete(audience, at.clock(), event())
    expect(await ask()).toBe('invalid_target')
    await endpoint.close()
  })
})
