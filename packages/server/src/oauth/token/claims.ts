/** What access tokens and ID tokens say. Pure: signing is left to `sign-tokens.ts`. */

import { hash } from 'node:crypto'
import type { JwtClaims } from '@countersign/tokens'
import type { EpochSeconds } from '../../clock.ts'
import type { Grant } from '../../store/records.ts'

interface TokenFacts {
  readonly issuer: string
  readonly grant: Grant
  readonly now: EpochSeconds
  readonly lifetimeSeconds: number
}

export interface AccessTokenFacts extends TokenFacts {
  readonly tokenId: string
  /** Space-separated; may be less than the grant's. */
  readonly scope: string
  readonly singleUse: boolean
}

export interface IdTokenFacts extends TokenFacts {
  /** As the authorization request had it. */
  readonly nonce: string | null
  /** The access token that comes with it. */
  readonly accessToken: string
}

/** Answers the claims of an access token. `sid` is the grant: what is revoked, and asked for at introspection. @see RFC 9068 §2.2 */
export function accessTokenClaims({ issuer, grant, scope, tokenId, singleUse, ...times }: AccessTokenFacts): JwtClaims {
  return {
    iss: issuer,
    sub: grant.userId ?? grant.clientId,
    aud: grant.resource ?? issuer,
    client_id: grant.clientId,
    ...lifetime(times),
    jti: tokenId,
    sid: grant.id,
    ...(scope !== '' && { scope }),
    ...authentication(grant),
    ...(singleUse && { single_use: true }),
  }
}

/** Answers the claims of an ID token. @see OpenID Connect Core §2, §3.1.3.6 */
export function idTokenClaims({ issuer, grant, nonce, accessToken, ...times }: IdTokenFacts): JwtClaims {
  return {
    iss: issuer,
    sub: grant.userId ?? grant.clientId,
    aud: grant.clientId,
    ...lifetime(times),
    sid: grant.id,
    ...(nonce !== null && { nonce }),
    ...authentication(grant),
    at_hash: accessTokenHash(accessToken),
  }
}

/** The left half of the SHA-256: every algorithm that signs ID tokens here is one of SHA-256. @see OpenID Connect Core §3.1.3.6 */
export function accessTokenHash(accessToken: string): string {
  return hash('sha256', accessToken, 'buffer').subarray(0, 16).toString('base64url')
}

function lifetime({ now, lifetimeSeconds }: Pick<TokenFacts, 'now' | 'lifetimeSeconds'>): JwtClaims {
  return { iat: now, nbf: now, exp: now + lifetimeSeconds }
}

function authentication({ authTime, acr, amr }: Grant): JwtClaims {
  return {
    ...(authTime !== null && { auth_time: authTime }),
    ...(acr !== null && { acr }),
    ...(amr.length > 0 && { amr }),
  }
}
