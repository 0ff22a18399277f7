/** The `WWW-Authenticate` challenges of a protected resource. When to send which is left to the guard. */

import { dpopAlgorithms } from './dpop.ts'
import { errorDescription } from './oauth-error.ts'
import type { OAuthErrorCode } from './oauth-error.ts'

export interface ChallengeParams {
  readonly realm?: string
  /** Left out when the request carried no token (RFC 6750 §3.1). */
  readonly error?: OAuthErrorCode
  readonly errorDescription?: string
  /** The scope that the route demands, space-separated. */
  readonly scope?: string
  /** Acceptable authentication contexts, space-separated (RFC 9470 §3). */
  readonly acr?: string
  /** Seconds since the user's authentication (RFC 9470 §3). */
  readonly maxAge?: number
  /** URL of the protected resource metadata (RFC 9728 §5.1). */
  readonly resourceMetadata?: string
}

/**
 * Answers a value for `WWW-Authenticate`; bare `Bearer` without parameters.
 *
 * @see RFC 6750 §3, RFC 9470 §3, RFC 9728 §5.1
 */
export function bearerChallenge(params: ChallengeParams = {}): string {
  return write('Bearer', attributesOf(params))
}

/**
 * Answers a value for `WWW-Authenticate`, with the algorithms that a proof may be signed by.
 *
 * @see RFC 9449 §7.1
 */
export function dpopChallenge(params: ChallengeParams = {}): string {
  return write('DPoP', [...attributesOf(params), ['algs', dpopAlgorithms.join(' ')]])
}

type Attribute = readonly [name: string, value: string | undefined]

function attributesOf(params: ChallengeParams): readonly Attribute[] {
  const { errorDescription: description } = params
  return [
    ['realm', params.realm],
    ['error', params.error],
    ['error_description', description === undefined ? undefined : errorDescription(description)],
    ['scope', params.scope],
    ['acr_values', params.acr],
    ['max_age', params.maxAge?.toString()],
    ['resource_metadata', params.resourceMetadata],
  ]
}

function write(scheme: string, attributes: readonly Attribute[]): string {
  const written = attributes.flatMap(([name, value]) => (value === undefined ? [] : `${name}=${quote(value)}`))
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}

/** A quoted-string (RFC 9110 §5.6.4); what is not printable ASCII becomes `?`, so that no value can end the header. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, String.raw`\$&`)}"`
}
