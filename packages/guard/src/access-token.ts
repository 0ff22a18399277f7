/**
 * The form of a JWT access token (RFC 9068), and what the guard answers for one.
 *
 * Pure, and a function of the token alone: what depends on the time or the route is checked elsewhere.
 */

import { OAuthError, parseScope } from '@countersign/protocol'
import type { EpochSeconds, Jwt, JwtClaims, Key } from '@countersign/tokens'
import { GuardError } from './guard-error.ts'

/** Who calls, for whom, and with which rights. Frozen. */
export interface Grant {
  readonly subject: string
  readonly clientId: string
  readonly scope: readonly string[]
  readonly claims: JwtClaims
  /** The token's "jti". Of a single-use token: what makes the handler's act idempotent. */
  readonly tokenId: string
}

export interface AccessToken {
  readonly jwt: Jwt
  /** The key that its signature held under. */
  readonly key: Key
  readonly grant: Grant
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  readonly singleUse: boolean
  readonly authTime: EpochSeconds | undefined
  readonly acr: string | undefined
}

/**
 * Answers the access token that a verified JWT is. Its issuer, audience, type and times have been checked.
 *
 * @throws {GuardError} `token_claim_missing`, `token_claim_invalid`, `proof_required`
 * @see RFC 9068 §2.2
 */
export function parseAccessToken({ key, ...jwt }: Jwt & { readonly key: Key }): AccessToken {
  const { claims } = jwt
  // Bound to a key (RFC 7800): to take it from whoever bears it would undo the binding.
  if (claims['cnf'] !== undefined) {
    throw new GuardError('proof_required', 'the token is bound to a key, and no proof is taken here')
  }
  const subject = readText(claims, 'sub')
  const clientId = readText(claims, 'client_id')
  const tokenId = readText(claims, 'jti')
  const issuedAt = readNumber(claims, 'iat')
  const expiresAt = readNumber(claims, 'exp')
  if (subject === undefined) throw missing('sub')
  if (clientId === undefined) throw missing('client_id')
  if (tokenId === undefined) throw missing('jti')
  if (issuedAt === undefined) throw missing('iat')
  if (expiresAt === undefined) throw missing('exp')
  const { single_use: singleUse = false } = claims
  if (typeof singleUse !== 'boolean') throw invalid('single_use')
  const grant = { subject, clientId, scope: readScope(claims), claims, tokenId }
  const authTime = readNumber(claims, 'auth_time')
  const acr = readText(claims, 'acr')
  return { jwt, key, grant: freeze(grant), issuedAt, expiresAt, singleUse, authTime, acr }
}

function readText(claims: JwtClaims, name: string): string | undefined {
  const value = claims[name]
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  throw invalid(name)
}

function readNumber(claims: JwtClaims, name: string): number | undefined {
  const value = claims[name]
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw invalid(name)
}

function readScope(claims: JwtClaims): readonly string[] {
  try {
    return parseScope(readText(claims, 'scope') ?? '')
  } catch (error) {
    throw error instanceof OAuthError ? invalid('scope') : error
  }
}

function missing(name: string): GuardError {
  return new GuardError('token_claim_missing', `the claim '${name}' is missing`)
}

function invalid(name: string): GuardError {
  return new GuardError('token_claim_invalid', `the claim '${name}' is malformed`)
}

// One grant serves every request that bears its token: no handler may change it for the next.
function freeze<T extends object>(value: T): T {
  for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) freeze(item)
  return Object.freeze(value)
}
