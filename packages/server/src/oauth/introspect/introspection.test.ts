import { expect, describe, test } from 'vitest'
import { makeClient } from '../../client-authentication/client.fixture.ts'
import type { Grant } from '../../store/records.ts'
import { introspectAccessToken, introspectRefreshToken } from './introspection.ts'

const orders = 'https://orders.example'
const grant: Grant = {
  id: 'g1',
  userId: 'u1',
  clientId: 'shop',
  scope: 'orders:read',
  resource: orders,
  authTime: 100,
  amr: ['pwd'],
  acr: null,
  statusIndex: null,
  createdAt: 100,
  revokedAt: null,
}

describe('an access token', () => {
  const claims = { iss: 'https://id.example', aud: orders, sub: 'u1', exp: 400, jti: 't1' }
  const resourceServer = makeClient({ id: 'orders', serves: [orders] })
  for (const { name, caller = resourceServer, aud = orders, isAlive = true, active } of [
    { name: 'is told about to the resource server that it is for', active: true },
    {
      name: 'is not told about to another',
      caller: makeClient({ serves: ['https://stock.example'] }),
      active: false,
    },
    {
      name: 'is not told about to a client that may get it',
      caller: makeClient({ audiences: [orders] }),
      active: false,
    },
    { name: 'for two audiences is not told about', aud: [orders, 'https://stock.example'], active: false },
    { name: 'is dead without a grant that is alive', isAlive: false, active: false },
  ]) {
    test(name, () => {
      const answer = introspectAccessToken({ ...claims, aud }, isAlive ? grant : undefined, caller)
      expect(answer).toEqual(active ? { ...claims, active: true, token_type: 'Bearer' } : { active: false })
    })
  }
})

test('an access token that is bound to a key is told to be, so that the proof is asked for (RFC 9449 §6.2)', () => {
  const bound = { aud: orders, sid: 'g1', cnf: { jkt: 'k1' } }
  const answer = introspectAccessToken(bound, grant, makeClient({ serves: [orders] }))
  expect(answer).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: 'k1' } })
})

describe('a refresh token', () => {
  const token = { hash: 'h', grantId: 'g1', clientId: 'shop', jkt: null, expiresAt: 200, familyExpiresAt: 300 }
  const demands = { issuer: 'https://id.example', now: 150 }
  for (const { name, caller = 'shop', spent = false, now = 150, revokedAt = null, active = false } of [
    { name: 'is told about to its client', active: true },
    { name: 'is not told about to another', caller: 'orders' },
    { name: 'is dead once spent', spent: true },
    { name: 'is dead at its end', now: 200 },
    { name: 'is dead with its grant', revokedAt: 120 },
  ]) {
    test(name, () => {
      const found = { token, grant: { ...grant, revokedAt }, spent }
      const answer = introspectRefreshToken(found, makeClient({ id: caller }), { ...demands, now })
      if (active) expect(answer).toMatchObject({ active: true, client_id: 'shop', sub: 'u1', exp: 200 })
      else expect(answer).toEqual({ active: false })
    })
  }
})
