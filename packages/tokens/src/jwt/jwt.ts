import type { EpochSeconds } from '../time.ts'
import type { Key } from '../jwk/key.ts'
import type { JwsHeader } from '../jws/header.ts'
import type { KeySource } from '../jws/jws.ts'

export interface JwtClaims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly exp?: EpochSeconds
  readonly nbf?: EpochSeconds
  readonly iat?: EpochSeconds
  readonly jti?: string
  readonly [name: string]: unknown
}
export interface Jwt {
  readonly header: JwsHeader
  readonly claims: JwtClaims
}
export interface ClaimDemands {
  readonly issuer?: string
  readonly audience?: string
  readonly typ?: string
  readonly now: EpochSeconds
  /** Allowed clock difference, in seconds. Default 5. At most 60. */
  readonly clockSkewSeconds?: number
  readonly requiredClaims?: readonly string[]
  readonly maxAgeSeconds?: number
}
function pending(..._: readonly unknown[]): never {
  throw new TypeError('being written')
}
export function signJwt(claims: JwtClaims, key: Key, options?: { readonly typ?: string }): string {
  return pending(claims, key, options)
}
export function verifyJwtSignature(
  token: string,
  keys: KeySource,
  options?: { readonly maxBytes?: number },
): Jwt & { readonly key: Key } {
  return pending(token, keys, options)
}
export function checkJwtClaims(jwt: Jwt, demands: ClaimDemands): void {
  return pending(jwt, demands)
}
export function verifyJwt(
  token: string,
  keys: KeySource,
  demands: ClaimDemands & { readonly maxBytes?: number },
): Jwt {
  return pending(token, keys, demands)
}
/** For display only. */
export function decodeUnverified(token: string): Jwt {
  return pending(token)
}
