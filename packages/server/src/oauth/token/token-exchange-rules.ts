/**
 * The rules of token exchange: whose token a client may exchange, for what, and who is said to act. Pure, but for
 * looking up the API. That the tokens are ours and alive is found out in `token-exchange.ts`.
 */

import { formatScope, includesScope, OAuthError, parseScope } from '@countersign/protocol'
import type { TokenExchangeRequest } from '@countersign/protocol'
import { availableScopes, findApi, userScopes } from '../../client-permissions/index.ts'
import type { EpochSeconds } from '../../clock.ts'
import type { IssuedTokenClaims } from '../../keys/verify-issued-token.ts'
import type { Api, ApiStore, Client, Grant } from '../../store/records.ts'
import type { Actor } from './claims.ts'
import { isBoundTo } from './proven-keys.ts'
import type { ProvenKeys } from './token-endpoint.ts'

/** Longer chains are refused, so that no token grows without end. */
const maxActors = 5

/** What a client presents: an access token of ours whose grant is alive. */
export type PresentedToken = IssuedTokenClaims & {
  readonly aud: string
  readonly sub: string
  readonly exp: EpochSeconds
}

/**
 * Answers the token if the client may exchange it: one that it received, as the resource server that it is for, or one
 * that it was issued.
 *
 * @throws {OAuthError} `invalid_request`, as RFC 8693 §2.2.2 has it for every token that is not good enough.
 */
export function checkPresentedToken(
  claims: IssuedTokenClaims,
  client: Client,
  proven: ProvenKeys,
  now: EpochSeconds,
): PresentedToken {
  const { aud, sub, exp } = claims
  if (typeof aud !== 'string' || typeof sub !== 'string' || exp === undefined) throw tokenRefused()
  // No leeway: the new token ends when this one does.
  if (!(now < exp)) throw tokenRefused()
  const isReceived = client.serves.includes(aud)
  if (!isReceived && claims['client_id'] !== client.id) throw tokenRefused()
  // It buys one request. Exchanged for a token, it would buy many.
  if (claims['single_use'] === true) throw tokenRefused()
  // Who received it has seen the proof, and cannot repeat it; who was issued it has the key.
  if (!isReceived && !isBoundTo(claims['cnf'], proven)) throw tokenRefused()
  return { ...claims, aud, sub, exp }
}

/** As `checkPresentedToken`, for a token that says who acts: one of a chain of its own would leave two orders to read it in. */
export function checkActorToken(actor: PresentedToken): PresentedToken {
  if (actor['act'] !== undefined) throw tokenRefused()
  return actor
}

/** One answer for every token that cannot be exchanged. */
export function tokenRefused(): OAuthError {
  return new OAuthError('invalid_request', 'the token cannot be exchanged by this client')
}

export interface ExchangeTarget {
  /** Null for the issuer itself. */
  readonly resource: string | null
  readonly api: Api | undefined
  /** Space-separated. */
  readonly scope: string
}

/**
 * Answers where the new token may be used, and for what: where the subject token may be, for no more than that one; or at
 * another API that is open to the client, for no more than the client may have there, and no more than was agreed to if
 * the grant is for that one: nothing becomes more by way of another API.
 *
 * @throws {OAuthError} `invalid_target` for a place that is not open to the client; the issuer never is, but to narrow a
 *   token for it.
 * @throws {OAuthError} `invalid_scope` if more is asked for.
 */
export async function findTarget(
  subject: PresentedToken,
  { target = subject.aud, scopes }: Pick<TokenExchangeRequest, 'target' | 'scopes'>,
  client: Client,
  grant: Pick<Grant, 'resource' | 'scope'>,
  { apis, issuer }: { readonly apis: Pick<ApiStore, 'find'>; readonly issuer: string },
): Promise<ExchangeTarget> {
  if (target === issuer) {
    if (subject.aud !== issuer) throw new OAuthError('invalid_target', 'the issuer is no target of an exchange')
    return { resource: null, api: undefined, scope: narrow(scopes, scopesOf(subject)) }
  }
  if (target === subject.aud) {
    const api = await apis.find(target)
    if (api === undefined) throw new OAuthError('invalid_target', 'the resource is no longer known')
    return { resource: target, api, scope: narrow(scopes, scopesOf(subject)) }
  }
  const api = await findApi(target, client, apis)
  const agreed = target === grant.resource ? parseScope(grant.scope) : undefined
  const available = availableScopes(client, api).filter(
    (scope) => !userScopes.includes(scope) && (agreed?.includes(scope) ?? true),
  )
  return { resource: target, api, scope: narrow(scopes, available) }
}

/**
 * Answers who is said to act with the new token: the actor of the actor token, or the client; before them whoever did so
 * far. A client that narrows a token of its own brings nobody new in.
 *
 * @throws {OAuthError} `invalid_request` if too many have acted already.
 */
export function findActor(
  subject: PresentedToken,
  actor: PresentedToken | undefined,
  client: Client,
): Actor | undefined {
  // We signed it: it is a chain that we made.
  const previous = subject['act'] as Actor | undefined
  if (actor === undefined && subject['client_id'] === client.id) return previous
  if (countActors(previous) >= maxActors) throw new OAuthError('invalid_request', 'too many have acted with the token')
  return { sub: actor?.sub ?? client.id, ...(previous !== undefined && { act: previous }) }
}

function countActors(actor: Actor | undefined): number {
  return actor === undefined ? 0 : 1 + countActors(actor.act)
}

function scopesOf(token: PresentedToken): readonly string[] {
  const scope = token['scope']
  return typeof scope === 'string' ? parseScope(scope) : []
}

function narrow(requested: readonly string[] | undefined, available: readonly string[]): string {
  if (requested !== undefined && !includesScope(available, requested)) {
    throw new OAuthError('invalid_scope', 'the scope is not open to this exchange')
  }
  return formatScope(requested ?? available)
}
