/**
 * Content encryption: what a content encryption key (CEK) does to plaintext and header (RFC 7518 §5).
 *
 * Everything that is known of an algorithm stands in the one table. How the CEK is agreed on is another matter:
 * `key-management.ts`.
 */

import { randomBytes } from 'node:crypto'
import type { ContentEncryption } from '../jwk/key.ts'
import { cbcHmac } from './cbc-hmac.ts'
import type { ContentCipher } from './content-cipher.ts'
import { gcm } from './gcm.ts'

interface ContentEncryptionRow {
  /** The length of the CEK. */
  readonly keyBytes: number
  readonly prepare: (cek: Buffer) => ContentCipher
}

const contentEncryptions: Readonly<Record<ContentEncryption, ContentEncryptionRow>> = {
  A128GCM: { keyBytes: 16, prepare: gcm('aes-128-gcm') },
  A192GCM: { keyBytes: 24, prepare: gcm('aes-192-gcm') },
  A256GCM: { keyBytes: 32, prepare: gcm('aes-256-gcm') },
  'A128CBC-HS256': { keyBytes: 32, prepare: cbcHmac('aes-128-cbc', { hash: 'sha256', hashBytes: 32, blockBytes: 64 }) },
  'A192CBC-HS384': {
    keyBytes: 48,
    prepare: cbcHmac('aes-192-cbc', { hash: 'sha384', hashBytes: 48, blockBytes: 128 }),
  },
  'A256CBC-HS512': {
    keyBytes: 64,
    prepare: cbcHmac('aes-256-cbc', { hash: 'sha512', hashBytes: 64, blockBytes: 128 }),
  },
}

export function isContentEncryption(enc: unknown): enc is ContentEncryption {
  return typeof enc === 'string' && Object.hasOwn(contentEncryptions, enc)
}

/** The length of the CEK, in bytes. */
export function contentKeyBytes(enc: ContentEncryption): number {
  return contentEncryptions[enc].keyBytes
}

/** A fresh random CEK, and the cipher under it. */
export function makeContentKey(enc: ContentEncryption): { readonly cek: Buffer; readonly cipher: ContentCipher } {
  const cek = randomBytes(contentKeyBytes(enc))
  return { cek, cipher: contentCipher(enc, cek) }
}

/**
 * Answers the cipher under this CEK.
 *
 * @throws {RangeError} if its length is not the algorithm's
 */
export function contentCipher(enc: ContentEncryption, cek: Buffer): ContentCipher {
  const { keyBytes, prepare } = contentEncryptions[enc]
  if (cek.length !== keyBytes) throw new RangeError(`a key for "${enc}" has ${keyBytes} bytes`)
  return prepare(cek)
}
