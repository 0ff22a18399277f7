/**
 * What both ends of a DPoP proof agree on (RFC 9449 §4.2): its type, algorithms and claims.
 *
 * Signing is the client's; verifying, and what is refused, the guard's.
 */

import { normalizeHttpUri } from './http-uri.ts'

/** The "typ" of a proof. */
export const dpopProofType = 'dpop+jwt'

/** What a proof may be signed by; `EdDSA` is the older name of Ed25519 (RFC 9864 §4.1). */
export const dpopAlgorithms = ['ES256', 'Ed25519', 'EdDSA'] as const

export type DpopAlgorithm = (typeof dpopAlgorithms)[number]

export interface DpopClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  /** Base64url SHA-256 of the access token that comes along. */
  readonly ath?: string
  /** As the server gave it. */
  readonly nonce?: string
}

/**
 * Answers the "htu" of a target URI: normalised, without query and fragment. Undefined if it is not an http(s) URI.
 *
 * @see RFC 9449 §4.3
 */
export function dpopTargetUri(uri: string): string | undefined {
  const normal = normalizeHttpUri(uri)
  const query = normal?.indexOf('?') ?? -1
  return query === -1 ? normal : normal?.slice(0, query)
}
