/**
 * The claims of a JWT (RFC 7519 §4.1): their form, and what a caller may demand of them.
 *
 * Pure: signatures are `jwt.ts`'s concern, the lifetime is `lifetime.ts`'s.
 */

import { TokenError } from '../errors.ts'
import type { JwsHeader } from '../jws/header.ts'
import type { EpochSeconds } from '../time.ts'
import { checkLifetime } from './lifetime.ts'
import type { LifetimeDemands } from './lifetime.ts'

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

export interface ClaimDemands extends LifetimeDemands {
  /** Exactly this "iss". */
  readonly issuer?: string
  /** "aud" is, or has among its members, exactly this. Without it "aud" is not looked at. */
  readonly audience?: string
  /** The header's "typ", with or without "application/" (RFC 7515 §4.1.9), letter case included. */
  readonly typ?: string
  /** Claims that must be there, beside "exp" and those that the other demands read. */
  readonly requiredClaims?: readonly string[]
}

/**
 * Refuses a token that does not meet the demands, or has no "exp".
 *
 * @throws {TokenError} `token_type_mismatch`, `token_claim_missing`, `token_issuer_mismatch`, `token_audience_mismatch`,
 *   `token_expired`, `token_not_yet_valid`, `token_too_old`
 * @throws {TypeError} if the demands make no sense
 */
export function checkJwtClaims({ header, claims }: Jwt, demands: ClaimDemands): void {
  const { typ, issuer, audience, requiredClaims } = demands
  if (typ !== undefined && header.typ !== typ && header.typ !== `application/${typ}`) {
    throw new TokenError('token_type_mismatch', `not a token of type "${typ}"`)
  }
  if (issuer !== undefined && claims.iss !== issuer) {
    throw new TokenError('token_issuer_mismatch', 'not from the issuer that is asked for')
  }
  if (audience !== undefined && !isMeantFor(claims.aud, audience)) {
    throw new TokenError('token_audience_mismatch', 'meant for another audience')
  }
  checkLifetime(claims, demands)
  for (const name of requiredClaims ?? []) {
    if (!Object.hasOwn(claims, name)) throw new TokenError('token_claim_missing', `the claim "${name}" is missing`)
  }
}

/**
 * Refuses registered claims of another type than RFC 7519 gives them.
 *
 * @throws {TokenError} `token_claim_invalid`
 */
export function checkClaimForms(claims: object): asserts claims is JwtClaims {
  const { iss, sub, jti, aud, exp, nbf, iat } = claims as Readonly<Record<string, unknown>>
  if (!isTextOrAbsent(iss)) throw invalid('iss', 'a string')
  if (!isTextOrAbsent(sub)) throw invalid('sub', 'a string')
  if (!isTextOrAbsent(jti)) throw invalid('jti', 'a string')
  if (!isTextOrAbsent(aud) && !isTexts(aud)) throw invalid('aud', 'a string or an array of strings')
  if (!isInstantOrAbsent(exp)) throw invalid('exp', 'a finite number')
  if (!isInstantOrAbsent(nbf)) throw invalid('nbf', 'a finite number')
  if (!isInstantOrAbsent(iat)) throw invalid('iat', 'a finite number')
}

function invalid(name: string, form: string): TokenError {
  return new TokenError('token_claim_invalid', `the claim "${name}" is not ${form}`)
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isInstantOrAbsent(value: unknown): boolean {
  return value === undefined || Number.isFinite(value)
}

function isMeantFor(aud: JwtClaims['aud'], audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.includes(audience))
}
