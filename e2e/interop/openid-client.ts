/** openid-client, as its documentation shows it. */

import * as client from 'openid-client'
import { challengeEndpointOf, demand, redirectUri } from './peer.ts'
import type { Peer, PeerTokens, Registration } from './peer.ts'

export const openidClient: Peer = {
  name: 'openid-client',
  async discover(issuer, algorithm, registration) {
    const authentication = authenticationOf(registration)
    const metadata = { id_token_signed_response_alg: registration.idTokenAlg }
    const config = await client.discovery(issuer, registration.id, metadata, authentication, {
      algorithm,
      ...(registration.fetch !== undefined && { [client.customFetch]: registration.fetch }),
      // Without the second, ID tokens that come by TLS are not verified by their signature.
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated to be noticed: the server is on this machine
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    })
    const server = config.serverMetadata()
    const { dpopKey } = registration
    const proven = dpopKey === undefined ? {} : { DPoP: client.getDPoPHandle(config, dpopKey) }
    return {
      authorizationChallengeEndpoint: challengeEndpointOf(server),
      // Declared as if it were synchronous; that of private_key_jwt is not.
      authenticate: async (body, headers) => authentication(server, config.clientMetadata(), body, headers),
      redeem: async (code, pkceCodeVerifier, expectedNonce) => {
        const callback = new URL(redirectUri)
        callback.search = new URLSearchParams({ code }).toString()
        const checks = { pkceCodeVerifier, expectedNonce, idTokenExpected: true }
        return read(await client.authorizationCodeGrant(config, callback, checks, undefined, proven))
      },
      refresh: async (refreshToken) => read(await client.refreshTokenGrant(config, refreshToken, undefined, proven)),
      clientCredentials: async (resource) =>
        (await client.clientCredentialsGrant(config, { resource }, proven)).access_token,
      userinfo: (accessToken, subject) => client.fetchUserInfo(config, accessToken, subject, proven),
      introspect: (token) => client.tokenIntrospection(config, token),
      revoke: (token) => client.tokenRevocation(config, token),
      call: (url, accessToken) =>
        client.fetchProtectedResource(config, accessToken, url, 'GET', undefined, undefined, proven),
    }
  },
}

function authenticationOf({ method, secret, privateKey }: Registration): client.ClientAuth {
  if (method === 'none') return client.None()
  if (method.includes('tls')) return client.TlsClientAuth()
  if (method === 'private_key_jwt') return client.PrivateKeyJwt(privateKey)
  return method === 'client_secret_basic' ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
}

function read(answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers): PeerTokens {
  return {
    accessToken: answer.access_token,
    refreshToken: demand(answer.refresh_token, 'refresh token'),
    claims: { ...answer.claims() },
  }
}
