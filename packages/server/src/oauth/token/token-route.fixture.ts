/** The token endpoint on real ground, and what tests ask of it. */

import { startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer, IssuedCode, OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { tokenEndpoint } from './index.ts'

type Fields = Readonly<Record<string, string>>

export interface TokenEndpointUnderTest extends OAuthEndpoint {
  token(form: Fields, headers?: Fields): Promise<Answer>
  /** Redeems a code as its public client. */
  redeem(issued: IssuedCode, more?: Fields, headers?: Fields): Promise<Answer>
  /** Uses a refresh token as a public client. */
  refresh(clientId: string, token: string, more?: Fields, headers?: Fields): Promise<Answer>
}

export async function startTokenEndpoint(flags?: Readonly<Record<string, unknown>>): Promise<TokenEndpointUnderTest> {
  const endpoint = await startOAuthEndpoint(
    (app, { store, settings, ...ground }) => app.register(tokenEndpoint, { ...ground, ...store, lifetimes: settings }),
    flags,
  )
  const token: TokenEndpointUnderTest['token'] = (form, headers) => endpoint.post('/oauth/token', form, headers)
  return {
    ...endpoint,
    token,
    redeem({ code, verifier, grant }, more = {}, headers = {}) {
      const form = { grant_type: 'authorization_code', client_id: grant.clientId, code, code_verifier: verifier }
      return token({ ...form, ...more }, headers)
    },
    refresh(clientId, refreshToken, more = {}, headers = {}) {
      const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken }
      return token({ ...form, ...more }, headers)
    },
  }
}
