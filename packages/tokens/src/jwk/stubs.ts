import type { ContentEncryption, Key } from './key.ts'
import type { Jwk } from './jwk.ts'

function pending(..._: readonly unknown[]): never {
  throw new TypeError('being written')
}
export function parseJwk(jwk: unknown, options?: { readonly alg?: Key['alg'] }): Key {
  return pending(jwk, options)
}
export function parseJwkSet(set: unknown): readonly Key[] {
  return pending(set)
}
export function exportPublicJwk(key: Key): Jwk {
  return pending(key)
}
export function exportPrivateJwk(key: Key): Jwk {
  return pending(key)
}
export function thumbprint(key: Key | Jwk): string {
  return pending(key)
}
export function generateKey(
  alg: Key['alg'],
  options?: { readonly kid?: string; readonly enc?: ContentEncryption },
): Promise<Key> {
  return pending(alg, options)
}
export function secretKey(
  alg: Key['alg'],
  bytes: Uint8Array,
  options?: { readonly kid?: string; readonly enc?: ContentEncryption },
): Key {
  return pending(alg, bytes, options)
}
