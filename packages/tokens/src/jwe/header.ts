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
 * "crit" is refused whatever it lists, since no extension is understood; "zip" because what compresses secrets beside
 * foreign text tells them by its length, and what inflates fills the memory (RFC 8725 §3.6).
 *
 * @throws {TokenError} `token_malformed`, `token_header_refused`, `token_algorithm_refused`
 */
export function parseHeader(encoded: string): JweHeader {
  return remembered.get(encoded) ?? parseFresh(encoded)
}

/** Spares the next JWE with this header the parsing. To be called once its content has decrypted. */
export function rememberHeader(encoded: string, header: JweHeader): void {
  // With an ephemeral key in it, a header never comes again.
  if (remembered.has(encoded) || Object.hasOwn(header, 'epk')) return
  if (remembered.size >= maxRemembered) remembered.clear()
  // A text of its own: a slice would keep the whole token alive.
  remembered.set(encodeBase64url(decodeBase64url(encoded)), header)
}

function parseFresh(encoded: string): JweHeader {
  const header = parseHeaderForm(encoded)
  for (const name of ['crit', 'zip']) {
    if (Object.hasOwn(header, name)) throw new TokenError('token_header_refused', `the header demands "${name}"`)
  }
  const { enc } = header
  if (!isContentEncryption(enc)) {
    throw new TokenError('token_algorithm_refused', 'the header names no content encryption that is accepted')
  }
  return Object.freeze({ ...header, enc })
}
