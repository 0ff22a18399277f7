/**
 * A content cipher: one algorithm under one content encryption key, made ready once and used for one JWE or for many.
 */

export interface ContentCipher {
  /** Encrypts under a fresh random IV. `aad`, the encoded protected header, is authenticated with it. */
  readonly encrypt: (plaintext: Uint8Array, aad: Buffer) => EncryptedContent
  /** Answers the plaintext; `undefined`, or an error of any kind, if anything at all does not hold. */
  readonly decrypt: (content: EncryptedContent, aad: Buffer) => Buffer | undefined
}

export interface EncryptedContent {
  readonly iv: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}
