/** `grant_type=refresh_token`: rotation. Each refresh token works once; a second use ends the family. Rules: `refresh-request.ts`. */

import { OAuthError } from '@countersign/protocol'
import { hashToken } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import { findApi } from '../../client-permissions/index.ts'
import { makeRefreshToken } from './make-refresh-token.ts'
import { checkRefreshToken, narrowScope, refreshTokenRefused } from './refresh-request.ts'
import { signTokens } from './sign-tokens.ts'
import type { TokenEndpointDeps, TokenRequest, TokenResponse } from './token-endpoint.ts'
import { checkSameResource, parseSingleUse } from './token-options.ts'

/**
 * @throws {OAuthError} `invalid_grant` if the token is unknown, expired, spent or another client's, or its grant revoked.
 * @throws {OAuthError} `invalid_scope` for more scope than was granted; `invalid_target` for another resource.
 * @throws {OAuthError} `invalid_request` for a missing or malformed parameter.
 */
export async function exchangeRefreshToken(request: TokenRequest, deps: TokenEndpointDeps): Promise<TokenResponse> {
  const { client, form, address } = request
  if (form.refresh_token === undefined) throw new OAuthError('invalid_request', 'refresh_token is required')
  const now = deps.clock()
  const presented = hashToken(form.refresh_token)
  const found = await deps.grants.findRefreshToken(presented)
  if (found === undefined) throw refreshTokenRefused()
  const { token, grant } = found
  const reused = makeEvent(deps.clock, {
    type: 'refresh.reused',
    actor: `client:${client.id}`,
    userId: grant.userId,
    clientId: grant.clientId,
    grantId: grant.id,
    address,
  })
  // Whatever else is wrong with the request, and whoever sends it: a spent token that comes back was in two hands.
  if (found.spent) {
    await deps.grants.revoke(grant.id, now, reused)
    throw refreshTokenRefused()
  }
  checkRefreshToken(token, grant, client, now)
  checkSameResource(form, grant.resource, deps.issuer)

  const order = {
    grant,
    api: await findApi(grant.resource, client, deps.apis),
    scope: narrowScope(form.scope, grant.scope),
    singleUse: parseSingleUse(form),
    // OpenID Connect Core §12.2: the nonce belongs to the first ID token only.
    nonce: null,
    now,
  }
  const { response, issued } = await signTokens(order, request, deps)
  const { familyExpiresAt } = token
  const next = makeRefreshToken(grant, { now, idleSeconds: deps.lifetimes.refreshTokenIdleSeconds, familyExpiresAt })
  // The store picks the winner of a race; it revokes the grant if this token was spent since we read it.
  const rotation = await deps.grants.rotateRefreshToken(presented, next.record, now, { issued, reused })
  if (rotation.status !== 'rotated') throw refreshTokenRefused()
  return { ...response, refresh_token: next.text }
}
