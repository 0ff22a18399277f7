/** `grant_type=authorization_code`: a code, once, for the tokens of its grant. The rule is in `code-exchange.ts`. */

import { hash } from 'node:crypto'
import { includesScope, OAuthError, parseScope } from '@countersign/protocol'
import { hashToken } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import { findApi } from '../../client-permissions/index.ts'
import type { EpochSeconds } from '../../clock.ts'
import type { Client, Grant } from '../../store/records.ts'
import { checkCodeExchange, codeRefused } from './code-exchange.ts'
import { makeRefreshToken } from './make-refresh-token.ts'
import type { NewRefreshToken } from './make-refresh-token.ts'
import { signTokens } from './sign-tokens.ts'
import type { TokenEndpointDeps, TokenRequest, TokenResponse } from './token-endpoint.ts'
import { checkSameResource, parseTokenOptions } from './token-options.ts'

/**
 * @throws {OAuthError} `invalid_grant` if the code is unknown, expired, spent, another client's or not of this verifier,
 * or its grant is revoked by the time of the answer.
 * @throws {OAuthError} `invalid_target` for a resource that was not granted or is gone.
 * @throws {OAuthError} `invalid_request` for a missing or malformed parameter.
 */
export async function exchangeAuthorizationCode(
  request: TokenRequest,
  deps: TokenEndpointDeps,
): Promise<TokenResponse> {
  const { client, form, address } = request
  if (form.code === undefined) throw new OAuthError('invalid_request', 'code is required')
  const now = deps.clock()
  const reused = makeEvent(deps.clock, {
    type: 'code.reused',
    actor: `client:${client.id}`,
    clientId: client.id,
    address,
  })

  // Redeem before checking: a code that meets a wrong request is spent, so nobody gets two guesses.
  const redemption = await deps.grants.redeemCode(hashToken(form.code), now, reused)
  if (redemption.status !== 'redeemed') throw codeRefused()
  const { code, grant } = redemption
  await checkCodeExchange(code, client, request, (data) => hash('sha256', data, 'buffer'))
  checkSameResource(form, grant.resource, deps.issuer)

  const api = await findApi(grant.resource, client, deps.apis)
  const order = {
    grant,
    api,
    scope: grant.scope,
    ...parseTokenOptions(form, api),
    nonce: code.nonce,
    now,
  }
  const { response, issued } = await signTokens(order, request, deps)
  const refresh = mayRefresh(client, grant) ? startFamily(grant, request, now, deps) : null
  // Conditional on the grant being alive: a replay that revoked it meanwhile leaves nothing to issue.
  if ((await deps.grants.issueTokens(grant.id, refresh?.record ?? null, issued)) === 'revoked') throw codeRefused()
  return refresh === null ? response : { ...response, refresh_token: refresh.text }
}

function mayRefresh(client: Client, grant: Grant): boolean {
  const isAgreed = client.firstParty || includesScope(parseScope(grant.scope), ['offline_access'])
  return isAgreed && client.grantTypes.includes('refresh_token')
}

function startFamily(
  grant: Grant,
  request: TokenRequest,
  now: EpochSeconds,
  { lifetimes }: TokenEndpointDeps,
): NewRefreshToken {
  const familyExpiresAt = now + lifetimes.refreshTokenLifetimeSeconds
  return makeRefreshToken(grant, request, { now, idleSeconds: lifetimes.refreshTokenIdleSeconds, familyExpiresAt })
}
