/** The rules of `grant_type=client_credentials`: what a client may have for itself. Pure. */

import { formatScope, includesScope, OAuthError, parseScope } from '@countersign/protocol'
import { availableScopes, userScopes } from '../../client-permissions/index.ts'
import type { Api, Client } from '../../store/records.ts'
import { isUserId } from '../../users/index.ts'

/**
 * Checks that a client may act for itself.
 *
 * @throws {OAuthError} `unauthorized_client` if it is public, so that anybody could say to be it, or if its id looks like a
 * user's: its id becomes "sub", and a resource server must never take it for a person (RFC 9700 §4.15).
 */
export function checkActsForItself(client: Client): void {
  if (client.authentication === 'none' || isUserId(client.id)) {
    throw new OAuthError('unauthorized_client', 'the client may not act for itself')
  }
}

/**
 * Answers the scope that is asked for; without one, all that the client may have at this API, but for what speaks of a person.
 *
 * @throws {OAuthError} `invalid_scope` if more is asked for than that.
 */
export function grantClientScope(requested: string | undefined, client: Client, api: Api | undefined): string {
  const available = availableScopes(client, api).filter((scope) => !userScopes.includes(scope))
  const scopes = requested === undefined ? available : parseScope(requested)
  if (!includesScope(available, scopes)) {
    throw new OAuthError('invalid_scope', 'the scope is not open to this client')
  }
  return formatScope(scopes)
}
