/** Token exchange: the grant type and its parameters. Which tokens are good, and for what, is left to the server. */

import { OAuthError } from './oauth-error.ts'
import { parseResource } from './resource.ts'
import { parseScope } from './scope.ts'

export const tokenExchangeGrantType = 'urn:ietf:params:oauth:grant-type:token-exchange' as const

/** The one type of token that is exchanged and issued. @see RFC 8693 §3 */
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

export interface TokenExchangeRequest {
  /** On whose behalf. */
  readonly subjectToken: string
  /** Who acts; undefined: the client itself. */
  readonly actorToken: string | undefined
  /** Where the new token is to be used; undefined: where the subject token is. */
  readonly target: string | undefined
  /** Undefined: all that there may be. */
  readonly scopes: readonly string[] | undefined
}

/**
 * Reads the parameters of a token exchange.
 *
 * @throws {OAuthError} `invalid_request` for a token that is missing, or of no type or another than access token.
 * @throws {OAuthError} `invalid_target` if "resource" and "audience" name two places, or one that is no absolute URI.
 * @throws {OAuthError} `invalid_scope`
 * @see RFC 8693 §2.1
 */
export function parseTokenExchange(form: Readonly<Record<string, string>>): TokenExchangeRequest {
  const { subject_token: subjectToken, actor_token: actorToken, scope } = form
  if (!subjectToken) throw new OAuthError('invalid_request', 'subject_token is required')
  checkType('subject_token_type', form)
  if (actorToken === '') throw new OAuthError('invalid_request', 'actor_token is empty')
  if (actorToken !== undefined) checkType('actor_token_type', form)
  else if (form['actor_token_type'] !== undefined) {
    throw new OAuthError('invalid_request', 'actor_token_type comes with an actor_token only')
  }
  if (form['requested_token_type'] !== undefined) checkType('requested_token_type', form)
  return {
    subjectToken,
    actorToken,
    target: parseTarget(form),
    scopes: scope === undefined ? undefined : parseScope(scope),
  }
}

function checkType(parameter: string, form: Readonly<Record<string, string>>): void {
  if (form[parameter] !== accessTokenType) {
    throw new OAuthError('invalid_request', `${parameter} must be ${accessTokenType}`)
  }
}

/** An API has one name here, so that both parameters mean the same. */
function parseTarget({ resource, audience }: Readonly<Record<string, string>>): string | undefined {
  const named = [resource, audience].filter((text) => text !== undefined).map(parseResource)
  if (named.length === 2 && named[0] !== named[1]) {
    throw new OAuthError('invalid_target', 'resource and audience name two places: a token is for one')
  }
  return named[0]
}
