/** `grant_type=client_credentials`: a confidential client acts for itself. The rules are in `client-scope.ts`. */

import { randomUUID } from 'node:crypto'
import { OAuthError, parseResource } from '@countersign/protocol'
import { findApi } from '../../client-permissions/index.ts'
import type { Grant } from '../../store/records.ts'
import { checkActsForItself, grantClientScope } from './client-scope.ts'
import { signTokens } from './sign-tokens.ts'
import type { TokenEndpointDeps, TokenRequest, TokenResponse } from './token-endpoint.ts'
import { parseTokenOptions } from './token-options.ts'

/**
 * @throws {OAuthError} `unauthorized_client` for a client that may not act for itself.
 * @throws {OAuthError} `invalid_target` or `invalid_scope` for what is not open to it; `invalid_request` for a malformed parameter.
 * @throws {OAuthError} `invalid_client` if it is deleted meanwhile; `invalid_target` if the API is.
 */
export async function exchangeClientCredentials(
  request: TokenRequest,
  deps: TokenEndpointDeps,
): Promise<TokenResponse> {
  const { client, form } = request
  checkActsForItself(client)
  const resource = form.resource === undefined || form.resource === deps.issuer ? null : parseResource(form.resource)
  const api = await findApi(resource, client, deps.apis)
  const options = parseTokenOptions(form, api)
  const scope = grantClientScope(form.scope, client, api)
  const now = deps.clock()
  const facts = {
    id: randomUUID(),
    userId: null,
    clientId: client.id,
    scope,
    resource,
    authTime: null,
    amr: [],
    acr: null,
    createdAt: now,
    revokedAt: null,
  }
  return deps.placeGrant(async (statusIndex) => {
    const grant: Grant = { ...facts, statusIndex }
    // RFC 6749 §4.4.3: no refresh token; the client can come again.
    const order = { grant, api, scope, ...options, nonce: null, now }
    const { response, issued } = await signTokens(order, request, deps)
    const outcome = await deps.grants.issueClientGrant(grant, issued)
    if (outcome === 'refused') {
      await findApi(resource, client, deps.apis)
      throw new OAuthError('invalid_client', 'client authentication failed')
    }
    return outcome === 'issued' ? response : outcome
  })
}
