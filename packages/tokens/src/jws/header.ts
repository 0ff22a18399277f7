/**
 * The protected header of a JWS: parsed strictly, checked, and remembered.
 */

import { decodeBase64url, encodeBase64url } from '../base64url.ts'
import { TokenError } from '../errors.ts'
import { parseEncodedJsonObject } from '../json.ts'
import { parseSignatureAlgorithm } from './algorithms.ts'
import type { SignatureAlgorithm } from './algorithms.ts'

/** The members that this package reads; all others are handed to the caller as they came (RFC 7515 §4). */
export interface JwsHeader {
  readonly alg: string
  readonly kid?: string
  readonly typ?: string
  readonly cty?: string
  readonly [name: string]: unknown
}

export interface ParsedHeader {
  readonly header: JwsHeader
  readonly alg: SignatureAlgorithm
}

// Issuers repeat their header from token to token. Only headers whose signature held are remembered, so that a
// stranger cannot fill this. A list: among so few, comparing is faster than hashing.
const remembered: { readonly encoded: string; readonly parsed: ParsedHeader }[] = []
const mostRemembered = 16
let oldest = 0

/** The header of this text, if it is remembered. */
export function recallHeader(encoded: string): ParsedHeader | undefined {
  for (const entry of remembered) if (entry.encoded === encoded) return entry.parsed
  return undefined
}

/** Spares the next token with this header the parsing. To be called once a signature over it has held. */
export function rememberHeader(encoded: string, parsed: ParsedHeader): void {
  // A text of its own: a slice would keep the whole token alive.
  remembered[oldest] = { encoded: encodeBase64url(decodeBase64url(encoded)), parsed }
  oldest = (oldest + 1) % mostRemembered
}

/**
 * The header that an encoded text stands for.
 *
 * "crit" is refused whatever it lists, since no extension is understood, and "b64" with it (RFC 7797). Keys and links
 * to keys in a header ("jwk", "jku", "x5u", "x5c") are never followed: whoever forges a token writes them too
 * (RFC 8725 §3.10).
 *
 * @throws {TokenError} `token_malformed`, `token_header_refused`, `token_algorithm_refused`
 * @see RFC 7515 §4.1.11
 */
export function parseHeader(encoded: string): ParsedHeader {
  const header = parseHeaderForm(encoded)
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new TokenError('token_header_refused', 'the header demands an extension ("crit" or "b64")')
  }
  return { header, alg: parseSignatureAlgorithm(header.alg) }
}

/** The form alone, without the rules on algorithm and extensions: for showing a token. */
export function parseHeaderForm(encoded: string): JwsHeader {
  const header = parseEncodedJsonObject(encoded)
  if (typeof header.alg !== 'string') throw new TokenError('token_header_refused', 'the header lacks an "alg"')
  for (const name of ['kid', 'typ', 'cty']) {
    if (Object.hasOwn(header, name) && typeof header[name] !== 'string') {
      throw new TokenError('token_header_refused', `the header's "${name}" is not a string`)
    }
  }
  return freeze(header) as JwsHeader
}

// Remembered headers are shared between callers.
function freeze<T extends object>(value: T): T {
  for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) freeze(item)
  return Object.freeze(value)
}
