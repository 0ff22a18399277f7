/**
 * Key management: how sender and receiver of a JWE come to the same content encryption key (RFC 7518 §4).
 *
 * This is what each way offers; `algorithms.ts` lists them.
 */

import type { ContentEncryption, Key, KeyOperation } from '../jwk/key.ts'
import type { ContentCipher } from './content-cipher.ts'
import type { JweHeader } from './header.ts'

export interface KeyManagement {
  /** The "key_ops" of which one must be allowed; empty where RFC 7517 names none. */
  readonly encryptOperations: readonly KeyOperation[]
  readonly decryptOperations: readonly KeyOperation[]
  /** Answers the cipher for a new JWE, and what tells its key to the receiver. */
  readonly encryptKey: (key: Key, enc: ContentEncryption, header: JweHeader) => SentKey
  /** Answers the cipher of a JWE; `undefined`, or an error of any kind, if its key cannot be had. */
  readonly decryptKey: (
    key: Key,
    enc: ContentEncryption,
    header: JweHeader,
    encryptedKey: Buffer,
  ) => ContentCipher | undefined
}

export interface SentKey {
  readonly cipher: ContentCipher
  readonly encryptedKey: Buffer
  /** Header members for the receiver. */
  readonly header: Readonly<Record<string, unknown>>
}
