import type { Key } from '../jwk/key.ts'
import type { JweHeader } from './header.ts'

export interface DecryptedJwe {
  readonly header: JweHeader
  readonly plaintext: Buffer
}

export function decryptJwe(token: string, key: Key, options?: { readonly maxBytes?: number }): DecryptedJwe {
  throw new TypeError('being written' + typeof [token, key, options])
}
