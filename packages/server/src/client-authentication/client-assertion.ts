/**
 * The rules of `private_key_jwt`: a JWT that the client signed for us, just now. Pure; the caller passes the time in.
 *
 * That an assertion is used once is left to `authenticate-client.ts`, which owns the replay store.
 */

import { TokenError, verifyJwt } from '@countersign/tokens'
import type { EpochSeconds } from '../clock.ts'
import { clientKeys } from './client-keys.ts'

export interface ClientAssertionDemands {
  readonly clientId: string
  /** The issuer of this server: the only audience there is. */
  readonly issuer: string
  readonly now: EpochSeconds
}

export interface ClientAssertion {
  readonly tokenId: string
  /** When the client says it signed; without that, the earliest that its end allows. */
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
}

export const clientAssertionSkewSeconds = 5
const maxLifetimeSeconds = 300
const types: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt']

/**
 * Checks an assertion against the client's registered keys.
 *
 * @throws {TokenError} for a wrong signature, a claim that is missing or not as demanded, or an end more than 5 minutes off.
 * @see RFC 7523 §3, RFC 7523bis §4 (the audience is the issuer, alone: an assertion made for another server is never ours)
 */
export function verifyClientAssertion(
  assertion: string,
  jwks: string,
  { clientId, issuer, now }: ClientAssertionDemands,
): ClientAssertion {
  const { header, claims } = verifyJwt(assertion, clientKeys(jwks), {
    issuer: clientId,
    audience: issuer,
    now,
    clockSkewSeconds: clientAssertionSkewSeconds,
    requiredClaims: ['sub', 'jti'],
  })
  const { sub, aud, jti, exp, iat } = claims
  if (!types.includes(header.typ)) throw new TokenError('token_type_mismatch', 'the JWT is not a client assertion')
  if (sub !== clientId) throw new TokenError('token_claim_invalid', '"sub" is not the client')
  if (aud !== issuer) throw new TokenError('token_audience_mismatch', '"aud" is not the issuer alone')
  if (typeof jti !== 'string' || jti === '') throw new TokenError('token_claim_invalid', '"jti" is not a text')
  if (typeof exp !== 'number' || exp > now + maxLifetimeSeconds + clientAssertionSkewSeconds) {
    throw new TokenError('token_claim_invalid', '"exp" is too far off')
  }
  return { tokenId: jti, issuedAt: iat ?? exp - maxLifetimeSeconds, expiresAt: exp }
}
