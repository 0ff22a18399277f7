import type { ContentEncryption, Key } from '../jwk/key.ts'

export interface EncryptJweOptions {
  readonly enc: ContentEncryption
  /** Further members of the protected header. */
  readonly header?: Readonly<Record<string, unknown>>
}

export function encryptJwe(plaintext: Uint8Array | string, key: Key, options: EncryptJweOptions): string {
  throw new TypeError('being written' + typeof [plaintext, key, options])
}
