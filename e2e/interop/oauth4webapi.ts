/** oauth4webapi, as its examples show it. */

import * as oauth from 'oauth4webapi'
import { challengeEndpointOf, demand, redirectUri } from './peer.ts'
import type { Peer, PeerTokens, Registration } from './peer.ts'

// eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated to be noticed: the server is on this machine
const local = { [oauth.allowInsecureRequests]: true }

export const oauth4webapi: Peer = {
  name: 'oauth4webapi',
  async discover(issuer, algorithm, registration) {
    const carried = registration.fetch === undefined ? {} : { [oauth.customFetch]: registration.fetch }
    const insecure = { ...local, ...carried }
    const document = await oauth.discoveryRequest(issuer, { algorithm, ...insecure })
    const server = await oauth.processDiscoveryResponse(issuer, document)
    const client: oauth.Client = {
      client_id: registration.id,
      id_token_signed_response_alg: registration.idTokenAlg,
    }
    const authentication = authenticationOf(registration)
    const { dpopKey } = registration
    const proven = { ...insecure, ...(dpopKey !== undefined && { DPoP: oauth.DPoP(client, dpopKey) }) }

    const read = async (answer: Response, expectedNonce?: string): Promise<PeerTokens> => {
      const tokens =
        expectedNonce === undefined
          ? await oauth.processRefreshTokenResponse(server, client, answer)
          : await oauth.processAuthorizationCodeResponse(server, client, answer, {
              expectedNonce,
              requireIdToken: true,
            })
      await oauth.validateApplicationLevelSignature(server, answer, insecure)
      return {
        accessToken: tokens.access_token,
        refreshToken: demand(tokens.refresh_token, 'refresh token'),
        claims: { ...oauth.getValidatedIdTokenClaims(tokens) },
      }
    }
    return {
      authorizationChallengeEndpoint: challengeEndpointOf(server),
      authenticate: async (body, headers) => await authentication(server, client, body, headers),
      redeem: async (code, codeVerifier, nonce) => {
        const callback = new URLSearchParams({ code })
        const parameters = oauth.validateAuthResponse(server, client, callback, oauth.expectNoState)
        const request = [server, client, authentication, parameters, redirectUri, codeVerifier, proven] as const
        return withNonce(async () => read(await oauth.authorizationCodeGrantRequest(...request), nonce))
      },
      refresh: (refreshToken) =>
        withNonce(async () =>
          read(await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, proven)),
        ),
      clientCredentials: (resource) =>
        withNonce(async () => {
          const parameters = new URLSearchParams({ resource })
          const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, proven)
          return (await oauth.processClientCredentialsResponse(server, client, answer)).access_token
        }),
      userinfo: (accessToken, subject) =>
        withNonce(async () => {
          const answer = await oauth.userInfoRequest(server, client, accessToken, proven)
          return await oauth.processUserInfoResponse(server, client, subject, answer)
        }),
      introspect: async (token) => {
        const answer = await oauth.introspectionRequest(server, client, authentication, token, insecure)
        return await oauth.processIntrospectionResponse(server, client, answer)
      },
      revoke: async (token) => {
        await oauth.processRevocationResponse(
          await oauth.revocationRequest(server, client, authentication, token, insecure),
        )
      },
      call: (url, accessToken) =>
        withNonce(() => oauth.protectedResourceRequest(accessToken, 'GET', url, undefined, undefined, proven)),
    }
  },
}

/** The library keeps the nonce that comes with a refusal; to ask again is left to its caller. */
async function withNonce<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return attempt()
  }
}

function authenticationOf({ method, secret, privateKey }: Registration): oauth.ClientAuth {
  if (method === 'none') return oauth.None()
  if (method.includes('tls')) return oauth.TlsClientAuth()
  if (method === 'private_key_jwt') return oauth.PrivateKeyJwt(privateKey)
  return method === 'client_secret_basic' ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret)
}
