/**
 * `grant_type=refresh_token`: rotation. Each refresh token works once; a second use ends the family, unless it is the
 * retry of a lost answer, which the store decides. Rules: `refresh-request.ts`.
 */

import { OAuthError } from '@countersign/protocol'
import { hashToken } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import { findApi } from '../../client-permissions/index.ts'
import type { AuditEvent, Grant, RefreshToken } from '../../store/records.ts'
import { makeRefreshToken } from './make-refresh-token.ts'
import { checkRefreshToken, isProvenHolder, narrowScope, refreshTokenRefused } from './refresh-request.ts'
import { signTokens } from './sign-tokens.ts'
import type { TokenOrder } from './sign-tokens.ts'
import type { TokenEndpointDeps, TokenRequest, TokenResponse } from './token-endpoint.ts'
import { checkSameResource, parseTokenOptions } from './token-options.ts'

interface FoundToken {
  readonly token: RefreshToken
  readonly grant: Grant
  readonly spent: boolean
}

/**
 * @throws {OAuthError} `invalid_grant` if the token is unknown, expired, spent, another client's or of another key, or
 * its grant revoked.
 * @throws {OAuthError} `invalid_scope` for more scope than was granted; `invalid_target` for another resource.
 * @throws {OAuthError} `invalid_request` for a missing or malformed parameter.
 */
export async function exchangeRefreshToken(request: TokenRequest, deps: TokenEndpointDeps): Promise<TokenResponse> {
  const { form } = request
  if (form.refresh_token === undefined) throw new OAuthError('invalid_request', 'refresh_token is required')
  const presented = hashToken(form.refresh_token)
  const found = await deps.grants.findRefreshToken(presented)
  if (found === undefined) throw refreshTokenRefused()
  const { token, grant, spent } = found
  const reused = familyEvent('refresh.reused', grant, request, deps)

  const order = await readOrder(found, request, deps).catch(async (error: unknown) => {
    // Whatever is wrong with the request, and whoever sends it: a spent token that comes back was in two hands.
    if (!spent || !(error instanceof OAuthError)) throw error
    await deps.grants.revoke(grant.id, reused.at, reused)
    throw refreshTokenRefused()
  })
  const { now } = order
  const { response, issued } = await signTokens(order, request, deps)
  const { familyExpiresAt } = token
  const next = makeRefreshToken(grant, request, {
    now,
    idleSeconds: deps.lifetimes.refreshTokenIdleSeconds,
    familyExpiresAt,
  })
  // The store picks the winner of a race; it revokes the grant if this token was spent since we read it, or before and
  // this is no retry.
  const rotation = await deps.grants.rotateRefreshToken({
    ...{ hash: presented, successor: next.record, now, mayRetry: isProvenHolder(token, request) },
    ...{ issued, reused, retried: familyEvent('refresh.retried', grant, request, deps) },
  })
  if (rotation.status !== 'rotated' && rotation.status !== 'retried') throw refreshTokenRefused()
  return { ...response, refresh_token: next.text }
}

async function readOrder(
  { token, grant, spent }: FoundToken,
  request: TokenRequest,
  deps: TokenEndpointDeps,
): Promise<TokenOrder> {
  const { client, form } = request
  const now = deps.clock()
  if (spent && !isProvenHolder(token, request)) throw refreshTokenRefused()
  checkRefreshToken(token, grant, request, now)
  checkSameResource(form, grant.resource, deps.issuer)
  const api = await findApi(grant.resource, client, deps.apis)
  return {
    grant,
    api,
    scope: narrowScope(form.scope, grant.scope),
    ...parseTokenOptions(form, api),
    // OpenID Connect Core §12.2: the nonce belongs to the first ID token only.
    nonce: null,
    now,
  }
}

function familyEvent(
  type: string,
  { id: grantId, userId, clientId }: Grant,
  { client, address }: TokenRequest,
  { clock }: TokenEndpointDeps,
): AuditEvent {
  return makeEvent(clock, { type, actor: `client:${client.id}`, userId, clientId, grantId, address })
}
