/** The token endpoint on real ground, and what tests ask of it. */

import { startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer, IssuedCode, OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { tokenEndpoint } from './index.ts'

export interface TokenEndpointUnderTest extends OAuthEndpoint {
  token(form: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Redeems a code as its public client. */
  redeem(issued: IssuedCode, more?: Readonly<Record<string, string>>): Promise<Answer>
  /** Uses a refresh token as a public client. */
  refresh(clientId: string, token: string, more?: Readonly<Record<string, string>>): Promise<Answer>
}

export async function startTokenEndpoint(): Promise<TokenEndpointUnderTest> {
  const endpoint = await startOAuthEndpoint((app, { store, settings, ...ground }) =>
    app.register(tokenEndpoint, { ...ground, grants: store.grants, apis: store.apis, lifetimes: settings }),
  )
  const token: TokenEndpointUnderTest['token'] = (form, headers) => endpoint.post('/oauth/token', form, headers)
  return {
    ...endpoint,
    token,
    redeem: ({ code, verifier, grant }, more = {}) =>
      token({ grant_type: 'authorization_code', client_id: grant.clientId, code, code_verifier: verifier, ...more }),
    refresh: (clientId, refreshToken, more = {}) =>
      token({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken, ...more }),
  }
}
