import { expect, describe, test } from 'vitest'
import { makeClient } from '../../client-authentication/client.fixture.ts'
import { makeGrant } from './grant.fixture.ts'
import { checkRefreshToken, narrowScope } from './refresh-request.ts'

describe('a refresh token', () => {
  const token = { hash: 'h', grantId: 'g1', clientId: 'shop', expiresAt: 200, familyExpiresAt: 300 }
  for (const { name, clientId = 'shop', expiresAt = 200, revokedAt = null, now, code } of [
    { name: 'is good one second before its idle end', now: 199 },
    { name: 'is dead at its idle end', now: 200, code: 'invalid_grant' },
    { name: 'is dead at the end of its family', expiresAt: 400, now: 300, code: 'invalid_grant' },
    { name: 'is no other client’s', clientId: 'thief', now: 100, code: 'invalid_grant' },
    { name: 'is dead with its grant', revokedAt: 50, now: 100, code: 'invalid_grant' },
  ]) {
    test(name, () => {
      const check = (): void =>
        checkRefreshToken({ ...token, expiresAt }, makeGrant({ revokedAt }), makeClient({ id: clientId }), now)
      if (code) expect(check).toThrow(expect.objectContaining({ name: 'OAuthError', code }))
      else expect(check).not.toThrow()
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
