/** What access tokens and ID tokens say. Pure: signing is left to `sign-tokens.ts`. */

import { hash } from 'node:crypto'
import { statusClaim } from '@countersign/protocol'
import type { JwtClaims } from '@countersign/tokens'
import type { EpochSeconds } from '../../clock.ts'
import type { Grant } from '../../store/records.ts'
import type { ProvenKeys } from './token-endpoint.ts'

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
  /** The user's; none for a client that acts for itself. */
  readonly roles: readonly string[]
  readonly singleUse: boolean
  /** Version of the secret that its session keys come from, where it has some. */
  readonly sessionKeyVersion: number | undefined
  /** What the token is bound to. */
  readonly proven: ProvenKeys
  /** Where the token is issued in exchange for another one. */
  readonly exchange?: ExchangeFacts | undefined
}

export interface ExchangeFacts {
  /** Who gets the token: not always the client of the grant. */
  readonly clientId: string
  readonly act: Actor | undefined
  /** The token is dead from then on. */
  readonly endsAt: EpochSeconds
}

/** Who acts for the subject, and who did before. @see RFC 8693 §4.1 */
export interface Actor {
  readonly sub: string
  readonly act?: Actor
}

export interface IdTokenFacts extends TokenFacts {
  /** As the authorization request had it. */
  readonly nonce: string | null
  /** The access token that comes with it. */
  readonly accessToken: string
}

/** Answers the claims of an access token. `sid` is the grant: what is revoked, and asked for at introspection. @see RFC 9068 §2.2 */
export function accessTokenClaims(facts: AccessTokenFacts): JwtClaims {
  const { issuer, grant, scope, roles, tokenId, singleUse, sessionKeyVersion, proven, exchange, ...times } = facts
  return {
    iss: issuer,
    sub: grant.userId ?? grant.clientId,
    aud: grant.resource ?? issuer,
    client_id: exchange?.clientId ?? grant.clientId,
    ...lifetime({ ...times, ...(exchange && { endsAt: exchange.endsAt }) }),
    jti: tokenId,
    sid: grant.id,
    ...(scope !== '' && { scope }),
    ...(roles.length > 0 && { roles }),
    ...(exchange?.act && { act: exchange.act }),
    ...authentication(grant),
    ...(singleUse && { single_use: true }),
    ...(sessionKeyVersion !== undefined && { cs_key: sessionKeyVersion }),
    ...(Object.keys(proven).length > 0 && { cnf: proven }),
    ...(grant.statusIndex !== null && { status: statusClaim(issuer, grant.statusIndex) }),
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

function lifetime({
  now,
  lifetimeSeconds,
  endsAt = Infinity,
}: Pick<TokenFacts, 'now' | 'lifetimeSeconds'> & { readonly endsAt?: EpochSeconds }): JwtClaims {
  return { iat: now, nbf: now, exp: Math.min(now + lifetimeSeconds, endsAt) }
}

function authentication({ authTime, acr, amr }: Grant): JwtClaims {
  return {
    ...(authTime !== null && { auth_time: authTime }),
    ...(acr !== null && { acr }),
    ...(amr.length > 0 && { amr }),
  }
}
