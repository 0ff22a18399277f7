/** Who is told what about a token. Pure: finding the token and its grant is left to the route. */

import type { JwtClaims } from '@countersign/tokens'
import type { EpochSeconds } from '../../clock.ts'
import type { Client, Grant, RefreshToken } from '../../store/records.ts'

/** @see RFC 7662 §2.2 */
export type Introspection = { readonly active: false } | { readonly active: true; readonly [claim: string]: unknown }

/** One answer for all that a caller has no business with: unknown, expired, revoked, meant for others. */
export const inactive: Introspection = { active: false }

/**
 * An access token is told about to the resource server that it is for. To a client that may ask for such tokens it is
 * not: whoever found one could learn there whether it is good. Nobody serves the issuer itself. Asking does not spend a single-use token.
 *
 * @param liveGrant As `findLiveGrant` answers it.
 */
export function introspectAccessToken(claims: JwtClaims, liveGrant: Grant | undefined, caller: Client): Introspection {
  const isForCaller = typeof claims.aud === 'string' && caller.serves.includes(claims.aud)
  if (!isForCaller || liveGrant === undefined) return inactive
  // RFC 9449 §6.2: the caller sees by "cnf" what must be proven.
  const confirmation = claims['cnf'] as { readonly jkt?: string } | undefined
  return { ...claims, active: true, token_type: confirmation?.jkt === undefined ? 'Bearer' : 'DPoP' }
}

/** A refresh token is told about to the client that it was issued to: nobody else may present it. */
export function introspectRefreshToken(
  found: { readonly token: RefreshToken; readonly grant: Grant; readonly spent: boolean },
  caller: Client,
  { issuer, now }: { readonly issuer: string; readonly now: EpochSeconds },
): Introspection {
  const { token, grant, spent } = found
  const isExpired = now >= token.expiresAt || now >= token.familyExpiresAt
  // A user who is disabled or deleted has no grant that is alive: the store revokes them in the same batch.
  if (token.clientId !== caller.id || spent || isExpired || grant.revokedAt !== null) return inactive
  return {
    active: true,
    iss: issuer,
    client_id: token.clientId,
    sub: grant.userId ?? grant.clientId,
    scope: grant.scope,
    exp: token.expiresAt,
    sid: grant.id,
  }
}
