import { expect, test } from 'vitest'
import { accessTokenClaims, accessTokenHash, idTokenClaims } from './claims.ts'
import { makeGrant } from './grant.fixture.ts'

const issuer = 'https://id.example'
const now = 1_700_000_100
const plain = { tokenId: 't1', scope: 'openid', roles: [], singleUse: false, sessionKeyVersion: undefined, proven: {} }
const facts = { issuer, now, lifetimeSeconds: 300, ...plain }

test('an access token says what RFC 9068 §2.2 demands, and is for the issuer unless a resource was granted', () => {
  expect(accessTokenClaims({ ...facts, grant: makeGrant() })).toEqual({
    iss: issuer,
    sub: makeGrant().userId,
    aud: issuer,
    client_id: 'shop',
    iat: now,
    nbf: now,
    exp: now + 300,
    jti: 't1',
    sid: 'g1',
    scope: 'openid',
    auth_time: 1_700_000_000,
    amr: ['pwd'],
  })
})

test('an access token of a client that acts for itself has the client as its subject and no authentication of a user', () => {
  const grant = makeGrant({ userId: null, authTime: null, amr: [], resource: 'https://orders.example' })
  const claims = accessTokenClaims({ ...facts, grant, scope: '', singleUse: true })
  expect(claims).toMatchObject({ sub: 'shop', aud: 'https://orders.example', single_use: true })
  for (const absent of ['scope', 'auth_time', 'amr', 'acr']) expect(claims).not.toHaveProperty(absent)
})

test('an access token names the roles of its user (RFC 9068 §2.2.3.1)', () => {
  expect(accessTokenClaims({ ...facts, grant: makeGrant(), roles: ['teller', 'auditor'] })).toMatchObject({
    roles: ['teller', 'auditor'],
  })
})

test('an access token is bound to the keys that its client has proven (RFC 9449 §6.1)', () => {
  const proven = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }
  expect(accessTokenClaims({ ...facts, grant: makeGrant(), proven })).toMatchObject({ cnf: proven })
})

test('an access token says where the issuer tells whether its grant is revoked (draft-ietf-oauth-status-list-21 §6.2)', () => {
  const grant = makeGrant({ statusIndex: 131_072 + 7 })
  expect(accessTokenClaims({ ...facts, grant })).toMatchObject({
    status: { status_list: { idx: 7, uri: 'https://id.example/oauth/status/1' } },
  })
  expect(accessTokenClaims({ ...facts, grant: makeGrant() })).not.toHaveProperty('status')
})

test('an ID token is for the client, with the nonce of the request and the hash of its access token', () => {
  const claims = idTokenClaims({ ...facts, grant: makeGrant({ acr: 'aal1' }), nonce: 'n1', accessToken: 'abc' })
  expect(claims).toMatchObject({ aud: 'shop', nonce: 'n1', acr: 'aal1', sid: 'g1', at_hash: accessTokenHash('abc') })
  expect(claims).not.toHaveProperty('scope')
})

test('at_hash is as in the example of OpenID Connect Core §A.3', () => {
  expect(accessTokenHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y')).toBe('77QmUPtjPfzWtF2AnpK9RQ')
})
