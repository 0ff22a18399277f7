import { afterAll, beforeAll, expect, test } from 'vitest'
import { issuer, startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { discoveryDocuments } from './index.ts'

let at: OAuthEndpoint
beforeAll(async () => {
  at = await startOAuthEndpoint(async (app, { keys, settings }) => {
    await app.register(discoveryDocuments, { issuer, keys, settings })
  })
})
afterAll(() => at.close())

for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
  test(`${path} names the issuer and its endpoints, to any origin (RFC 8414 §3)`, async () => {
    const { status, headers, body } = await at.get(path, { origin: 'https://anywhere.example' })
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(headers['cache-control']).toBe('public, max-age=300')
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(body).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      tls_client_certificate_bound_access_tokens: false,
    })
  })
}

for (const { name, settings, methods } of [
  {
    name: 'authorities of clients',
    settings: { tlsClientCa: 'ca.pem', clientCertHeader: undefined },
    methods: ['tls_client_auth', 'self_signed_tls_client_auth'],
  },
  {
    name: 'a proxy that hands over certificates, of no authority',
    settings: { tlsClientCa: undefined, clientCertHeader: 'Client-Cert' },
    methods: ['self_signed_tls_client_auth'],
  },
]) {
  test(`with ${name}, clients are told that they may authenticate by certificates (RFC 8705 §3.3)`, async () => {
    const withCertificates = await startOAuthEndpoint(async (app, { keys }) => {
      await app.register(discoveryDocuments, { issuer, keys, settings })
    })
    const { body } = await withCertificates.get('/.well-known/oauth-authorization-server')
    expect(body.token_endpoint_auth_methods_supported.slice(4)).toEqual(methods)
    expect(body.tls_client_certificate_bound_access_tokens).toBe(true)
    await withCertificates.close()
  })
}

test('the JWK Set has the public keys of both algorithms, and nothing private', async () => {
  const { status, headers, body } = await at.get('/.well-known/jwks.json')
  expect(status).toBe(200)
  expect(headers['cache-control']).toBe('public, max-age=15')
  expect(headers['access-control-allow-origin']).toBe('*')
  const { keys } = body as { keys: readonly Record<string, unknown>[] }
  expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(['ES256', 'RS256']))
  for (const key of keys) {
    expect(key['kid']).toEqual(expect.any(String))
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
  }
})

test('the JWK Set follows a rotation at once', async () => {
  const { kid } = await at.keys.rotate('ES256', 'at-once')
  const { body } = await at.get('/.well-known/jwks.json')
  expect((body as { keys: readonly { kid: string }[] }).keys.map((key) => key.kid)).toContain(kid)
})

test('an issuer with a path has it after the well-known part of RFC 8414 §3.1', async () => {
  const withPath = await startOAuthEndpoint(async (app, { keys, settings }) => {
    await app.register(discoveryDocuments, { issuer: `${issuer}/auth`, keys, settings })
  })
  const { body } = await withPath.get('/.well-known/oauth-authorization-server/auth')
  expect(body).toMatchObject({ issuer: `${issuer}/auth`, token_endpoint: `${issuer}/auth/oauth/token` })
  await withPath.close()
})
