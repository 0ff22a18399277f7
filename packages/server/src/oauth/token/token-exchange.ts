/**
 * `grant_type=token-exchange` (RFC 8693): a service gives a token that it received, or its own, for one that is good
 * somewhere else or for less. Rules: `token-exchange-rules.ts`.
 *
 * The new token hangs on the grant of the subject token, so that it is dead with it, and ends no later than what it was
 * given for.
 */

import { accessTokenType, parseTokenExchange } from '@countersign/protocol'
import type { EpochSeconds } from '../../clock.ts'
import { verifyIssuedToken } from '../../keys/verify-issued-token.ts'
import { findLiveGrant } from '../../store/live-grant.ts'
import type { Grant } from '../../store/records.ts'
import { checkActsForItself } from './client-scope.ts'
import { signTokens } from './sign-tokens.ts'
import { checkActorToken, checkPresentedToken, findActor, findTarget, tokenRefused } from './token-exchange-rules.ts'
import type { PresentedToken } from './token-exchange-rules.ts'
import type { TokenEndpointDeps, TokenRequest, TokenResponse } from './token-endpoint.ts'
import { parseTokenOptions } from './token-options.ts'

/**
 * @throws {OAuthError} `unauthorized_client` for a client that proves nothing.
 * @throws {OAuthError} `invalid_request` for a missing or malformed parameter, and for a token that is not ours, not alive,
 *   or not this client's to exchange.
 * @throws {OAuthError} `invalid_target` or `invalid_scope` for what is not open to it.
 */
export async function exchangeToken(request: TokenRequest, deps: TokenEndpointDeps): Promise<TokenResponse> {
  const { client, form } = request
  checkActsForItself(client)
  const asked = parseTokenExchange(form)
  const now = deps.clock()
  const find = (token: string): Promise<FoundToken> => findToken(token, request, deps, now)
  const subject = await find(asked.subjectToken)
  const actor = asked.actorToken === undefined ? undefined : await find(asked.actorToken)
  const act = findActor(subject.token, actor && checkActorToken(actor.token), client)
  const endsAt = Math.min(subject.token.exp, actor?.token.exp ?? Infinity)
  const { resource, api, scope } = await findTarget(subject.token, asked, client, subject.grant, deps)

  const order = {
    grant: { ...subject.grant, resource },
    ...{ api, scope, ...parseTokenOptions(form, api), nonce: null, now },
    exchange: { clientId: client.id, act, endsAt, subjectTokenId: String(subject.token.jti) },
  }
  const { response, issued } = await signTokens(order, request, deps)
  // RFC 8693 §2.2.1 leaves a refresh token open: the client can come again while the subject is there.
  if ((await deps.grants.issueTokens(subject.grant.id, null, issued)) === 'revoked') throw tokenRefused()
  return { ...response, issued_token_type: accessTokenType }
}

interface FoundToken {
  readonly token: PresentedToken
  readonly grant: Grant
}

async function findToken(
  text: string,
  { client, proven }: TokenRequest,
  deps: TokenEndpointDeps,
  now: EpochSeconds,
): Promise<FoundToken> {
  const claims = verifyIssuedToken(text, deps)
  if (claims === undefined) throw tokenRefused()
  const token = checkPresentedToken(claims, client, proven, now)
  const grant = await findLiveGrant(token, deps)
  if (grant === undefined) throw tokenRefused()
  return { token, grant }
}
