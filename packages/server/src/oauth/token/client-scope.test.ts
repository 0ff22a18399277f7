import { randomUUID } from 'node:crypto'
import { expect, describe, test } from 'vitest'
import { makeClient } from '../../client-authentication/client.fixture.ts'
import { checkActsForItself, grantClientScope } from './client-scope.ts'

describe('acting for itself', () => {
  test('is open to a confidential client', () => {
    expect(() => checkActsForItself(makeClient({ authentication: 'client_secret' }))).not.toThrow()
  })
  for (const { name, client } of [
    { name: 'a public client', client: makeClient() },
    // "sub" would be the client's id: no resource server may take it for a person (RFC 9700 §4.15).
    {
      name: 'a client with an id like a user’s',
      client: makeClient({ id: randomUUID(), authentication: 'client_secret' }),
    },
  ]) {
    test(`is refused to ${name}`, () => {
      expect(() => checkActsForItself(client)).toThrow(expect.objectContaining({ code: 'unauthorized_client' }))
    })
  }
})

describe('the scope of a client that acts for itself', () => {
  const client = makeClient({ scopes: ['openid', 'orders:read', 'orders:write', 'stock:read'] })
  const api = {
    audience: 'https://orders.example',
    name: '',
    scopes: ['orders:read', 'orders:write', 'orders:admin'],
    alg: 'ES256',
    singleUseScopes: [],
    sessionKeys: false,
    createdAt: 0,
  } as const

  for (const { name, requested, at, scope, code } of [
    { name: 'is by default what client and API share', at: api, scope: 'orders:read orders:write' },
    { name: 'is by default nothing of a person', scope: 'orders:read orders:write stock:read' },
    { name: 'is what is asked for', requested: 'orders:read', at: api, scope: 'orders:read' },
    { name: 'is never what the client has not', requested: 'orders:admin', at: api, code: 'invalid_scope' },
    { name: 'is never what the API has not', requested: 'stock:read', at: api, code: 'invalid_scope' },
    { name: 'is never "openid"', requested: 'openid', code: 'invalid_scope' },
    { name: 'is well formed', requested: 'orders:read  stock:read', code: 'invalid_scope' },
  ]) {
    test(name, () => {
      const grant = (): string => grantClientScope(requested, client, at)
      if (code) expect(grant).toThrow(expect.objectContaining({ name: 'OAuthError', code }))
      else expect(grant()).toBe(scope)
    })
  }
})
