/**
 * Base64url without padding (RFC 4648 §5), one encoding for one byte string.
 */

import { Buffer } from 'node:buffer'

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
  checkCanonical(text, bytes, bytes.length)
  return bytes
}

/**
 * As `decodeBase64url`, but into a space of at least three quarters of the text's length. Answers how many bytes it wrote.
 *
 * @throws {TokenError} `token_malformed`
 */
export function decodeBase64urlInto(space: Buffer, text: string): number {
  const length = space.write(text, 'base64url')
  checkCanonical(text, space, length)
  return length
}

// Node skips what it does not know, so the only proof that nothing was skipped is to encode it again.
function checkCanonical(text: string, bytes: Buffer, length: number): void {
  if (bytes.toString('base64url', 0, length) !== text) {
    throw new TokenError('token_malformed', 'not canonical base64url')
  }
}
