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
  /** The user's roles; none for a token without "roles". */
  readonly roles: readonly string[]
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
  readonly confirmation: Confirmation
}

/** What the token is bound to (RFC 7800): to take it without its proof would undo the binding. */
export interface Confirmation {
  /** The thumbprint of the key that signs DPoP proofs (RFC 9449 §6.1). */
  readonly jkt: string | undefined
  /** The SHA-256 of the client's certificate (RFC 8705 §3.1). */
  readonly x5tS256: string | undefined
}

/**
 * Answers the access token that a verified JWT is. Its issuer, audience, type and times have been checked.
 *
 * @throws {GuardError} `token_claim_missing`, `token_claim_invalid`, `proof_required`
 * @see RFC 9068 §2.2
 */
export function parseAccessToken({ key, ...jwt }: Jwt & { readonly key: Key }): AccessToken {
  const { claims } = jwt
  const confirmation = readConfirmation(claims['cnf'])
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
  const grant = { subject, clientId, scope: readScope(claims), roles: readRoles(claims), claims, tokenId }
  const authTime = readNumber(claims, 'auth_time')
  const acr = readText(claims, 'acr')
  return { jwt, key, grant: freeze(grant), issuedAt, expiresAt, singleUse, authTime, acr, confirmation }
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

function readRoles({ roles = [] }: JwtClaims): readonly string[] {
  if (Array.isArray(roles) && roles.every((role) => typeof role === 'string')) return roles
  throw invalid('roles')
}

const unbound: Confirmation = { jkt: undefined, x5tS256: undefined }
const sha256Base64url = /^[A-Za-z0-9_-]{43}$/

function readConfirmation(cnf: unknown): Confirmation {
  if (cnf === undefined) return unbound
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) throw invalid('cnf')
  const { jkt, 'x5t#S256': x5tS256, ...others } = cnf as Readonly<Record<string, unknown>>
  // Whoever adds a binding to those that we know means it to be proven as well.
  if ((jkt === undefined && x5tS256 === undefined) || Object.keys(others).length > 0) {
    throw new GuardError('proof_required', 'the token is bound to a key in a way that no proof taken here is for')
  }
  return { jkt: readThumbprint(jkt), x5tS256: readThumbprint(x5tS256) }
}

function readThumbprint(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && sha256Base64url.test(value))) return value
  throw invalid('cnf')
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
