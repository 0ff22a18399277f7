import type { Key } from '../jwk/key.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import type { JwsHeader } from './header.ts'

export type KeySource =
  | Key
  | readonly Key[]
  | { find(kid: string | undefined, alg: SignatureAlgorithm): Key | undefined }

export function signJws(payload: Uint8Array | string, key: Key, header?: Partial<JwsHeader>): string {
  throw new TypeError('being written' + typeof [payload, key, header])
}
export function verifyJws(
  token: string,
  keys: KeySource,
  options?: { readonly maxBytes?: number },
): { readonly header: JwsHeader; readonly payload: Buffer; readonly key: Key } {
  throw new TypeError('being written' + typeof [token, keys, options])
}
