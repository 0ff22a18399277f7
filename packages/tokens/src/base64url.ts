/**
 * Base64url without padding (RFC 4648 §5), one encoding for one byte string.
 */

import { Buffer, isUtf8 } from 'node:buffer'

import { TokenError } from './errors.ts'

export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * The bytes that a text stands for. Only the canonical text is accepted: no padding, no white space, no other
 * alphabet, no set bits after the last byte.
 *
 * @throws {TokenError} `token_malformed`
 */
export function decodeBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  // Node skips what it does not know, so the only proof that nothing was skipped is to encode it again.
  if (bytes.toString('base64url') !== text) throw new TokenError('token_malformed', 'not canonical base64url')
  return bytes
}

// Shared by all calls: each runs to its end before the next, and reads no more than it has written.
const workspace = Buffer.alloc(8192)

/**
 * The UTF-8 text whose bytes a text stands for: as decoding with `decodeBase64url` and then as UTF-8, in half the time.
 *
 * @throws {TokenError} `token_malformed` also for broken UTF-8
 */
export function decodeBase64urlText(text: string): string {
  const space = text.length <= workspace.length ? workspace : Buffer.alloc(text.length)
  const length = space.write(text, 'base64url')
  if (space.toString('base64url', 0, length) !== text)
    throw new TokenError('token_malformed', 'not canonical base64url')
  const decoded = space.toString('utf8', 0, length)
  // Broken UTF-8 shows as U+FFFD, which may also stand there for itself.
  if (decoded.includes('\ufffd') && !isUtf8(space.subarray(0, length))) {
    throw new TokenError('token_malformed', 'broken UTF-8')
  }
  return decoded
}
