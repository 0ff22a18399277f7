import { expect, describe, test } from 'vitest'
import { makeClient } from '../../client-authentication/client.fixture.ts'
import { makeGrant } from './grant.fixture.ts'
import { checkRefreshToken, isProvenHolder, narrowScope } from './refresh-request.ts'

describe('a refresh token', () => {
  const token = { hash: 'h', grantId: 'g1', clientId: 'shop', jkt: null, expiresAt: 200, familyExpiresAt: 300 }
  for (const { name, clientId = 'shop', changes = {}, proven = {}, revokedAt = null, now = 100, code } of [
    { name: 'is good one second before its idle end', now: 199 },
    { name: 'is dead at its idle end', now: 200, code: 'invalid_grant' },
    { name: 'is dead at the end of its family', changes: { expiresAt: 400 }, now: 300, code: 'invalid_grant' },
    { name: 'is no other client’s', clientId: 'thief', code: 'invalid_grant' },
    { name: 'is dead with its grant', revokedAt: 50, code: 'invalid_grant' },
    { name: 'is good with the key that it is bound to', changes: { jkt: 'k1' }, proven: { jkt: 'k1' } },
    { name: 'is nothing without its key', changes: { jkt: 'k1' }, code: 'invalid_grant' },
    { name: 'is nothing with another key', changes: { jkt: 'k1' }, proven: { jkt: 'k2' }, code: 'invalid_grant' },
    { name: 'that is bound to no key may come with any', proven: { jkt: 'k1' } },
  ]) {
    test(name, () => {
      const presenter = { client: makeClient({ id: clientId }), proven }
      const check = (): void => checkRefreshToken({ ...token, ...changes }, makeGrant({ revokedAt }), presenter, now)
      if (code) expect(check).toThrow(expect.objectContaining({ name: 'OAuthError', code }))
      else expect(check).not.toThrow()
    })
  }
})

describe('a refresh token is held by whom it was issued to, for sure', () => {
  const token = { hash: 'h', grantId: 'g1', clientId: 'shop', jkt: null, expiresAt: 200, familyExpiresAt: 300 }
  for (const { name, client = {}, jkt = null, proven = {}, isProven } of [
    { name: 'if a client has authenticated', client: { authentication: 'client_secret' } as const, isProven: true },
    { name: 'not if anybody can say to be the client', isProven: false },
    { name: 'if its key is proven', jkt: 'k1', proven: { jkt: 'k1' }, isProven: true },
    { name: 'not if another key is proven', jkt: 'k1', proven: { jkt: 'k2' }, isProven: false },
    { name: 'not if it is bound to no key', proven: { jkt: 'k1' }, isProven: false },
    {
      name: 'not if another client has authenticated',
      client: { id: 'thief', authentication: 'client_secret' } as const,
      isProven: false,
    },
  ]) {
    test(name, () => {
      expect(isProvenHolder({ ...token, jkt }, { client: makeClient(client), proven })).toBe(isProven)
    })
  }
})

describe('the scope of a refreshed access token (RFC 6749 §6)', () => {
  const granted = 'openid orders:read orders:write'
  test('is the granted one by default', () => expect(narrowScope(undefined, granted)).toBe(granted))
  test('may be less', () => expect(narrowScope('orders:read', granted)).toBe('orders:read'))
  for (const requested of ['orders:read orders:delete', 'Orders:read', 'profile', '', ' orders:read']) {
    test(`is never more: refuses ${JSON.stringify(requested)}`, () => {
      expect(() => narrowScope(requested, granted)).toThrow(expect.objectContaining({ code: 'invalid_scope' }))
    })
  }
})
