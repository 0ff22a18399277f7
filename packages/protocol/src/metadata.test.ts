import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, test } from 'vitest'
import { authorizationServerMetadata, metadataUrl, openidConfiguration } from './metadata.ts'

const facts = {
  scopes: ['openid'],
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  clientAuthenticationMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  clientAssertionAlgorithms: ['ES256', 'RS256'],
  idTokenAlgorithms: ['RS256', 'ES256'],
  claims: ['sub', 'auth_time'],
}

const documents = {
  oauth: authorizationServerMetadata('https://id.example', facts),
  openid: openidConfiguration('https://id.example', facts),
}

test('the authorization server metadata names what RFC 8414 §2 requires, S256 alone and the challenge endpoint', () => {
  expect(documents.oauth).toEqual({
    issuer: 'https://id.example',
    authorization_challenge_endpoint: 'https://id.example/oauth/authorize-challenge',
    token_endpoint: 'https://id.example/oauth/token',
    introspection_endpoint: 'https://id.example/oauth/introspect',
    revocation_endpoint: 'https://id.example/oauth/revoke',
    jwks_uri: 'https://id.example/.well-known/jwks.json',
    scopes_supported: ['openid'],
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    introspection_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256'],
    revocation_endpoint_auth_methods_supported: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    revocation_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256'],
    dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
    tls_client_certificate_bound_access_tokens: false,
  })
})

test('the OpenID configuration says the same, and what OpenID Connect Discovery §3 adds', () => {
  expect(documents.openid).toEqual({
    ...documents.oauth,
    userinfo_endpoint: 'https://id.example/oauth/userinfo',
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    claims_supported: ['sub', 'auth_time'],
    request_uri_parameter_supported: false,
  })
})

for (const [kind, algorithm] of [
  ['oauth', 'oauth2'],
  ['openid', 'oidc'],
] as const) {
  describe(`the ${kind} document, asked for by others`, () => {
    const serve = (url: string | URL) =>
      Promise.resolve(
        new URL(url).href === metadataUrl('https://id.example', kind)
          ? Response.json(documents[kind])
          : new Response(null, { status: 404 }),
      )

    test('oauth4webapi takes it', async () => {
      const issuer = new URL('https://id.example')
      const response = await oauth.discoveryRequest(issuer, { algorithm, [oauth.customFetch]: serve })
      const server = await oauth.processDiscoveryResponse(issuer, response)
      expect(server).toEqual(documents[kind])
    })

    test('openid-client takes it and sees that PKCE is there', async () => {
      const config = await openid.discovery(new URL('https://id.example'), 'a-client', undefined, openid.None(), {
        algorithm,
        [openid.customFetch]: serve,
      })
      expect(config.serverMetadata().token_endpoint).toBe('https://id.example/oauth/token')
      expect(config.serverMetadata().supportsPKCE()).toBe(true)
    })
  })
}

for (const { issuer, oauth: oauthUrl, openid: openidUrl } of [
  {
    issuer: 'https://id.example',
    oauth: 'https://id.example/.well-known/oauth-authorization-server',
    openid: 'https://id.example/.well-known/openid-configuration',
  },
  {
    issuer: 'https://id.example/',
    oauth: 'https://id.example/.well-known/oauth-authorization-server',
    openid: 'https://id.example/.well-known/openid-configuration',
  },
  {
    issuer: 'https://id.example:8443/tenant/one',
    oauth: 'https://id.example:8443/.well-known/oauth-authorization-server/tenant/one',
    openid: 'https://id.example:8443/tenant/one/.well-known/openid-configuration',
  },
]) {
  test(`where ${issuer} publishes (RFC 8414 §3.1, OpenID Connect Discovery §4.1)`, () => {
    expect(metadataUrl(issuer, 'oauth')).toBe(oauthUrl)
    expect(metadataUrl(issuer, 'openid')).toBe(openidUrl)
  })
}

test('what is no issuer, or could be spelt in two ways, is the caller’s mistake', () => {
  for (const issuer of [
    '',
    'id.example',
    'ftp://id.example',
    'https://id.example/?',
    'https://id.example/#',
    'https://me:secret@id.example',
    'https://ID.example',
    'https://id.example:443',
    'https://id.example/a/../b',
  ]) {
    expect(() => metadataUrl(issuer, 'oauth'), issuer).toThrow(TypeError)
    expect(() => authorizationServerMetadata(issuer, facts), issuer).toThrow(TypeError)
  }
})
