/**
 * The protected header of a JWE: parsed strictly, checked, and remembered.
 */

import { decodeBase64url, encodeBase64url } from '../base64url.ts'
import { TokenError } from '../errors.ts'
import { parseHeaderForm } from '../jws/header.ts'
import type { ContentEncryption } from '../jwk/key.ts'
import { isContentEncryption } from './content-encryption.ts'

/** The members that this package reads; all others are handed to the caller as they came (RFC 7516 §4). */
export interface JweHeader {
  readonly alg: string
  readonly enc: ContentEncryption
  readonly kid?: string
  readonly typ?: string
  readonly cty?: string
  readonly [name: string]: unknown
}

// Senders repeat their header. Only headers whose content decrypted are remembered, so that a stranger cannot flush this.
const maxRemembered = 256
const remembered = new Map<string, JweHeader>()

/**
 * The header that an encoded text stands for.
 *
 * "crit" may list what the caller understands and nothing else; "zip" is refused because what compresses secrets beside
 * foreign text tells them by its length, and what inflates fills the memory (RFC 8725 §3.6).
 *
 * @param understood The extensions that the caller understands.
 * @throws {TokenError} `token_malformed`, `token_header_refused`, `token_algorithm_refused`
 */
export function parseHeader(encoded: string, understood: readonly string[] = []): JweHeader {
  return remembered.get(encoded) ?? parseFresh(encoded, understood)
}

/** Spares the next JWE with this header the parsing. To be called once its content has decrypted. */
export function rememberHeader(encoded: string, header: JweHeader): void {
  // With an ephemeral key in it, a header never comes again. With extensions in it, the next caller may not know them.
  if (remembered.has(encoded) || Object.hasOwn(header, 'epk') || Object.hasOwn(header, 'crit')) return
  if (remembered.size >= maxRemembered) remembered.clear()
  // A text of its own: a slice would keep the whole token alive.
  remembered.set(encodeBase64url(decodeBase64url(encoded)), header)
}

function parseFresh(encoded: string, understood: readonly string[]): JweHeader {
  const header = parseHeaderForm(encoded)
  if (Object.hasOwn(header, 'zip')) throw new TokenError('token_header_refused', 'the header demands "zip"')
  if (Object.hasOwn(header, 'crit') && !isUnderstood(header, understood)) {
    throw new TokenError('token_header_refused', 'the header demands an extension ("crit")')
  }
  const { enc } = header
  if (!isContentEncryption(enc)) {
    throw new TokenError('token_algorithm_refused', 'the header names no content encryption that is accepted')
  }
  return Object.freeze({ ...header, enc })
}

/** RFC 7515 §4.1.11: some names, each once, each of a member that is there, and each understood. */
function isUnderstood(header: Readonly<Record<string, unknown>>, understood: readonly string[]): boolean {
  const { crit } = header
  if (!Array.isArray(crit) || crit.length === 0 || new Set(crit).size !== crit.length) return false
  return crit.every(
    (name: unknown) => typeof name === 'string' && understood.includes(name) && Object.hasOwn(header, name),
  )
}
