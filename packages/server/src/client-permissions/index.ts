/**
 * What may be asked for: which APIs a client may name, which scopes it may have there, and which of them its user may.
 *
 * Pure, but for reading the API, the user and the roles.
 */

import { formatScope, OAuthError, parseScope } from '@countersign/protocol'
import type { Api, ApiStore, Client } from '../store/records.ts'

export { findUserRights, ownScopePrefix, userRights } from './user-rights.ts'

/** Scopes that speak of a person to the issuer itself: they may stand beside those of any API. */
export const userScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access']

/**
 * Answers the API that a token is for; `undefined` for the issuer itself.
 *
 * @throws {OAuthError} `invalid_target` if there is none, or the client may not call it: one answer, so that nobody
 *   learns which APIs there are.
 */
export async function findApi(
  resource: string | null,
  client: Client,
  apis: Pick<ApiStore, 'find'>,
): Promise<Api | undefined> {
  if (resource === null) return undefined
  const api = client.audiences.includes(resource) ? await apis.find(resource) : undefined
  if (api === undefined) throw new OAuthError('invalid_target', 'the resource is unknown or not open to this client')
  return api
}

/** The scopes that the client may have: at an API those that the API knows, too; at the issuer all that it was given. */
export function availableScopes(client: Client, api: Api | undefined): readonly string[] {
  return client.scopes.filter((scope) => isKnownTo(api, scope))
}

/** Answers what of a scope, as it was granted, the API still knows. */
export function knownScope(scope: string, api: Api | undefined): string {
  return formatScope(parseScope(scope).filter((each) => isKnownTo(api, each)))
}

function isKnownTo(api: Api | undefined, scope: string): boolean {
  return userScopes.includes(scope) || (api?.scopes.includes(scope) ?? true)
}
