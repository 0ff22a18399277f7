/**
 * JSON Web Signature, compact serialization (RFC 7515 §7.1). The other serializations are not spoken.
 */

import { Buffer } from 'node:buffer'

import { decodeBase64url } from '../base64url.ts'
import { TokenError } from '../errors.ts'
import type { Key } from '../jwk/key.ts'
import { parseHeader, recallHeader, rememberHeader } from './header.ts'
import type { JwsHeader } from './header.ts'
import { selectKey } from './key-source.ts'
import type { KeySource } from './key-source.ts'
import { signText, verifyText } from './signature.ts'

/** Members to add to the header; "alg" and "kid" come from the key. */
export interface ExtraHeader {
  readonly typ?: string
  readonly cty?: string
  readonly [name: string]: unknown
}

export interface VerifyJwsOptions {
  /** The longest token accepted, in bytes. Default 8192. */
  readonly maxBytes?: number
}

export interface VerifiedJws {
  readonly header: JwsHeader
  readonly payload: Buffer
  readonly key: Key
}

const defaultMaxBytes = 8192

/**
 * @throws {TypeError} if the header has members that are not the caller's to set
 * @throws {TokenError} `key_unusable` if the key may not sign
 */
export function signJws(payload: Uint8Array | string, key: Key, header: ExtraHeader = {}): string {
  return signCompact(encodeHeader(key, header), payload, key)
}

/**
 * The payload of a token whose signature holds.
 *
 * @throws {TokenError} `token_too_large`, `token_malformed`, `token_header_refused`, `token_algorithm_refused`,
 *   `token_key_unknown`, `token_signature_invalid`, `key_unusable`
 */
export function verifyJws(token: string, keys: KeySource, options: VerifyJwsOptions = {}): VerifiedJws {
  const { header, payload, key } = verifyCompact(token, keys, options)
  return { header, payload: decodeBase64url(payload), key }
}

export interface CompactParts {
  readonly header: string
  readonly payload: string
  readonly signature: string
  /** What is signed: header and payload. */
  readonly input: string
}

/** The parts of a token, still encoded. */
export function splitCompact(token: string, maxBytes: number = defaultMaxBytes): CompactParts {
  if (typeof token !== 'string') throw new TokenError('token_malformed', 'a token is a text')
  if (token.length > maxBytes) throw new TokenError('token_too_large', `longer than ${maxBytes} bytes`)
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1 || token.includes('.', second + 1)) {
    throw new TokenError('token_malformed', 'a compact JWS has three parts')
  }
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    input: token.slice(0, second),
  }
}

/** As `verifyJws`, with the payload still encoded: its reader must decode it strictly. */
export function verifyCompact(
  token: string,
  keys: KeySource,
  { maxBytes }: VerifyJwsOptions,
): { header: JwsHeader; payload: string; key: Key } {
  const parts = splitCompact(token, maxBytes)
  const recalled = recallHeader(parts.header)
  const parsed = recalled ?? parseHeader(parts.header)
  const key = selectKey(parsed, keys)
  if (!verifyText(parts.input, parts.signature, key)) {
    throw new TokenError('token_signature_invalid', 'the signature does not hold')
  }
  if (recalled === undefined) rememberHeader(parts.header, parsed)
  return { header: parsed.header, payload: parts.payload, key }
}

export function signCompact(encodedHeader: string, payload: Uint8Array | string, key: Key): string {
  const bytes =
    typeof payload === 'string'
      ? Buffer.from(payload)
      : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const input = `${encodedHeader}.${bytes.toString('base64url')}`
  return `${input}.${signText(input, key)}`
}

export function encodeHeader(key: Key, header: ExtraHeader): string {
  for (const name of ['alg', 'kid', 'crit', 'b64']) {
    if (Object.hasOwn(header, name)) throw new TypeError(`"${name}" is not the caller's to set`)
  }
  return Buffer.from(JSON.stringify({ alg: key.alg, kid: key.kid, ...header })).toString('base64url')
}
