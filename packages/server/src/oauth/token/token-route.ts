/** `POST /oauth/token`: authenticates the client and hands the request to its grant type. */

import { OAuthError, tokenExchangeGrantType } from '@countersign/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { GrantType } from '../../store/records.ts'
import { exchangeAuthorizationCode } from './authorization-code.ts'
import { exchangeClientCredentials } from './client-credentials.ts'
import { checkBindsTokens } from './proven-keys.ts'
import { exchangeRefreshToken } from './refresh-token.ts'
import { exchangeToken } from './token-exchange.ts'
import type { Exchange, TokenEndpointDeps, TokenForm } from './token-endpoint.ts'

const exchanges: ReadonlyMap<string, Exchange> = new Map<GrantType, Exchange>([
  ['authorization_code', exchangeAuthorizationCode],
  ['refresh_token', exchangeRefreshToken],
  ['client_credentials', exchangeClientCredentials],
  [tokenExchangeGrantType, exchangeToken],
])

export const tokenEndpoint: FastifyPluginAsync<TokenEndpointDeps> = async (app, deps) => {
  app.post('/oauth/token', { config: { cors: 'registered' } }, async (request, reply) => {
    // First, so that a client which lacks a nonce has spent nothing yet: no assertion, no code, no refresh token.
    const { caller, jkt } = await deps.verifyDpop(request, reply, () => deps.authenticateClient(request))
    const { client, x5tS256 } = caller
    const form = (request.body ?? {}) as TokenForm
    const grantType = form.grant_type
    if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is required')
    const exchange = exchanges.get(grantType)
    if (exchange === undefined) throw new OAuthError('unsupported_grant_type', 'the grant_type is not supported')
    if (!(client.grantTypes as readonly string[]).includes(grantType)) {
      throw new OAuthError('unauthorized_client', 'the client may not use this grant_type')
    }
    try {
      const proven = { ...(jkt !== undefined && { jkt }), ...(x5tS256 !== undefined && { 'x5t#S256': x5tS256 }) }
      checkBindsTokens(client, proven)
      return await exchange({ client, form, proven, address: request.ip }, deps)
    } catch (error) {
      // Counted, not written down one by one: a public client proves nothing, so anybody can cause refusals without end.
      if (error instanceof OAuthError) deps.refusals.count(`token.${error.code}`)
      throw error
    }
  })
}
