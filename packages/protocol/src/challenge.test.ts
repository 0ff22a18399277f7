import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bearerChallenge, dpopChallenge } from './challenge.ts'

for (const { name, params, value } of [
  { name: 'no token (RFC 6750 §3.1)', params: {}, value: 'Bearer' },
  { name: 'a realm', params: { realm: 'api' }, value: 'Bearer realm="api"' },
  {
    name: 'a bad token',
    params: { error: 'invalid_token', errorDescription: 'the token is expired' },
    value: 'Bearer error="invalid_token", error_description="the token is expired"',
  },
  {
    name: 'a missing scope',
    params: { error: 'insufficient_scope', scope: 'read write' },
    value: 'Bearer error="insufficient_scope", scope="read write"',
  },
  {
    name: 'step-up (RFC 9470 §3)',
    params: { error: 'insufficient_user_authentication', acr: 'a b', maxAge: 5 },
    value: 'Bearer error="insufficient_user_authentication", acr_values="a b", max_age="5"',
  },
  { name: 'a maximum age of zero', params: { maxAge: 0 }, value: 'Bearer max_age="0"' },
  {
    name: 'where the metadata lies (RFC 9728 §5.1)',
    params: { resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource' },
    value: 'Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
  },
  { name: 'quotes, escaped', params: { realm: 'a "b" \\c' }, value: String.raw`Bearer realm="a \"b\" \\c"` },
  { name: 'line breaks, replaced', params: { realm: 'a\r\nSet-Cookie: b' }, value: 'Bearer realm="a??Set-Cookie: b"' },
] as const) {
  test(`the challenge of ${name}`, () => {
    expect(bearerChallenge(params)).toBe(value)
  })
}

test('the challenge of DPoP names the algorithms (RFC 9449 §7.1)', () => {
  const algs = 'algs="ES256 Ed25519 EdDSA"'
  expect(dpopChallenge()).toBe(`DPoP ${algs}`)
  expect(dpopChallenge({ error: 'use_dpop_nonce', errorDescription: 'a nonce is required' })).toBe(
    `DPoP error="use_dpop_nonce", error_description="a nonce is required", ${algs}`,
  )
})

test('no value ends the header or the quotes, and Fetch takes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (realm, errorDescription) => {
      const value = bearerChallenge({ realm, errorDescription, scope: 'read' })
      expect(new Headers({ 'WWW-Authenticate': value }).get('WWW-Authenticate')).toBe(value)
      const parameter = String.raw`="(?:[^"\\]|\\["\\])*"`
      expect(value).toMatch(new RegExp(`^Bearer realm${parameter}, error_description${parameter}, scope="read"$`))
    }),
  )
})
