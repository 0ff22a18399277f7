/**
 * Opaque tokens: `cs_<kind>_<random><checksum>`, and the hashed form that stores keep.
 *
 * The prefix and the checksum let a secret scanner tell a real one from a look-alike without asking anybody.
 * The checksum guards against typing errors and false alarms, not against forgery: only the store knows what was issued.
 */

import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { TokenError } from './errors.ts'

/** Access token, refresh token, authorization code, auth session, client secret, magic link, recovery code. */
export type OpaqueKind = 'at' | 'rt' | 'ac' | 'as' | 'cs' | 'ml' | 'rc'

/** Answers a new token that holds 256 random bits. */
export function makeOpaqueToken(kind: OpaqueKind): string {
  const body = `cs_${kind}_${randomBytes(32).toString('base64url')}`
  return body + makeChecksum(body)
}

/**
 * Answers `text` itself if it is a well-formed token of this kind.
 *
 * @throws {TokenError} `token_malformed` for another kind, alphabet or length, a non-canonical encoding, a wrong checksum.
 */
export function parseOpaqueToken(text: string, kind: OpaqueKind): string {
  const body = typeof text === 'string' ? text.slice(0, -checksumLength) : ''
  if (!form.test(text) || !text.startsWith(`cs_${kind}_`) || makeChecksum(body) !== text.slice(-checksumLength)) {
    throw new TokenError('token_malformed', `the token is not a well-formed opaque token of kind "${kind}"`)
  }
  return text
}

/** Answers the form of a token that a store keeps: base64url of its SHA-256. 256 random bits need no salt. */
export function hashToken(text: string): string {
  return hash('sha256', text, 'base64url')
}

const checksumLength = 6

/** The 43rd character carries 4 bits, so that its last two are zero in the one canonical encoding. */
const form = /^cs_[a-z]{2}_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048][0-9A-Za-z]{6}$/

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** CRC-32 in base62, most significant digit first: the checksum of GitHub's tokens, which scanners know. */
function makeChecksum(body: string): string {
  let rest = crc32(body)
  let digits = ''
  for (let place = 0; place < checksumLength; place++) {
    digits = base62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
