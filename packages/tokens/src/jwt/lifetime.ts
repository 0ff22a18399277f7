/**
 * Token lifetime: the claims "exp", "nbf" and "iat".
 *
 * Pure: the caller passes the time in.
 */

import { TokenError } from '../errors.ts'
import type { EpochSeconds } from '../time.ts'

export interface LifetimeDemands {
  readonly now: EpochSeconds
  /** Allowed clock difference, in seconds. Default 5. At most 60. */
  readonly clockSkewSeconds?: number
  /** The greatest age since "iat", which then must be there. */
  readonly maxAgeSeconds?: number
}

/**
 * Refuses a token outside its lifetime, and one without "exp". The last second is the one before "exp" plus the skew.
 *
 * @throws {TokenError} `token_claim_missing`, `token_expired`, `token_not_yet_valid`, `token_too_old`
 * @throws {TypeError} if the demands make no sense
 * @see RFC 7519 §4.1.4 to §4.1.6
 */
export function checkLifetime(
  claims: { readonly exp?: EpochSeconds; readonly nbf?: EpochSeconds; readonly iat?: EpochSeconds },
  { now, clockSkewSeconds: skew = 5, maxAgeSeconds }: LifetimeDemands,
): void {
  if (!Number.isFinite(now)) throw new TypeError('now: a finite number of seconds')
  if (!(skew >= 0 && skew <= 60)) throw new TypeError('clockSkewSeconds: from 0 to 60')
  if (maxAgeSeconds !== undefined && !(maxAgeSeconds >= 0)) throw new TypeError('maxAgeSeconds: at least 0')

  // Each comparison is what must hold, negated: with something that is no number it fails, and the token is refused.
  const { exp, nbf, iat } = claims
  if (exp === undefined) throw new TokenError('token_claim_missing', 'the claim "exp" is missing')
  if (!(now < exp + skew)) throw new TokenError('token_expired', 'the token has expired')
  if (nbf !== undefined && !(nbf <= now + skew)) throw new TokenError('token_not_yet_valid', '"nbf" lies ahead')
  if (iat !== undefined && !(iat <= now + skew)) throw new TokenError('token_not_yet_valid', '"iat" lies ahead')
  if (maxAgeSeconds === undefined) return
  if (iat === undefined) throw new TokenError('token_claim_missing', 'the claim "iat" is missing')
  if (!(now - iat < maxAgeSeconds + skew)) throw new TokenError('token_too_old', 'the token is too old')
}
