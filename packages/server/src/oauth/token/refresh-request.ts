/** The rules of `grant_type=refresh_token`: whose the token is, and what it may be asked for. Pure. */

import { formatScope, includesScope, OAuthError, parseScope } from '@countersign/protocol'
import type { EpochSeconds } from '../../clock.ts'
import type { Grant, RefreshToken } from '../../store/records.ts'
import type { TokenRequest } from './token-endpoint.ts'

/** Who presents the token. */
type Presenter = Pick<TokenRequest, 'client' | 'proven'>

/**
 * Checks a refresh token, spent or not. The store checks the same once more, atomically, when it is rotated: this comes
 * first so that a request which is refused for its own fault does not cost the client its token.
 *
 * @throws {OAuthError} `invalid_grant` if it is another client's, expired, bound to a key that is not proven, or its grant
 *   is revoked.
 */
export function checkRefreshToken(
  token: RefreshToken,
  grant: Grant,
  { client, proven }: Presenter,
  now: EpochSeconds,
): void {
  const isExpired = now >= token.expiresAt || now >= token.familyExpiresAt
  const isForeign = token.clientId !== client.id || (token.jkt !== null && token.jkt !== proven.jkt)
  if (isForeign || isExpired || grant.revokedAt !== null) throw refreshTokenRefused()
}

/**
 * Whether it is proven that the client is the one that the token was issued to. Only then a spent token that comes back
 * may be a retry: of a public client's that is bound to no key, anybody may have it.
 */
export function isProvenHolder(token: RefreshToken, { client, proven }: Presenter): boolean {
  const isProven = client.authentication !== 'none' || (token.jkt !== null && token.jkt === proven.jkt)
  return token.clientId === client.id && isProven
}

/**
 * Answers the scope of the new access token: the granted one, or the part of it that is asked for. The grant keeps its own.
 *
 * @throws {OAuthError} `invalid_scope` if more is asked for than was granted.
 * @see RFC 6749 §6
 */
export function narrowScope(requested: string | undefined, granted: string): string {
  if (requested === undefined) return granted
  const scopes = parseScope(requested)
  if (scopes.length === 0 || !includesScope(parseScope(granted), scopes)) {
    throw new OAuthError('invalid_scope', 'the scope is not part of what was granted')
  }
  return formatScope(scopes)
}

/** One answer for every refresh token that buys nothing: unknown, expired, spent, another client's, of another key. */
export function refreshTokenRefused(): OAuthError {
  return new OAuthError('invalid_grant', 'the refresh token is not valid for this request')
}
