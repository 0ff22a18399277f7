/**
 * The key handle: a checked key, bound to the one algorithm it is for.
 *
 * Handles are made by `parse-jwk.ts`, `generate-key.ts` and `secret-key.ts`, which do the checking.
 */

import type { KeyObject } from 'node:crypto'

import { TokenError } from '../errors.ts'
import type { SignatureAlgorithm } from '../jws/algorithms.ts'

/** How the content encryption key of a JWE is agreed on (RFC 7518 §4.1). */
export type KeyManagementAlgorithm =
  'dir' | 'A128KW' | 'A256KW' | 'ECDH-ES' | 'ECDH-ES+A128KW' | 'ECDH-ES+A256KW' | 'RSA-OAEP' | 'RSA-OAEP-256'

/** How the content of a JWE is encrypted (RFC 7518 §5.1). */
export type ContentEncryption = 'A128GCM' | 'A192GCM' | 'A256GCM' | 'A128CBC-HS256' | 'A192CBC-HS384' | 'A256CBC-HS512'

const keyOperations = [
  'sign',
  'verify',
  'encrypt',
  'decrypt',
  'wrapKey',
  'unwrapKey',
  'deriveKey',
  'deriveBits',
] as const

/** RFC 7517 §4.3. */
export type KeyOperation = (typeof keyOperations)[number]

export interface Key {
  readonly alg: SignatureAlgorithm | KeyManagementAlgorithm
  readonly kid: string | undefined
  readonly kind: 'secret' | 'private' | 'public'
  /** For a `dir` key: the only content encryption it may be used with. Undefined: any that fits its length. */
  readonly enc: ContentEncryption | undefined
  /** The JWK's "key_ops" (RFC 7517 §4.3). Undefined: all that its kind and algorithm allow. */
  readonly keyOps: readonly KeyOperation[] | undefined
  readonly keyObject: KeyObject
}

/** For the makers of handles, who have checked what they put in. */
export function makeKey(
  parts: Pick<Key, 'alg' | 'kind' | 'keyObject' | 'kid'> & Partial<Pick<Key, 'enc' | 'keyOps'>>,
): Key {
  return Object.freeze({ enc: undefined, keyOps: undefined, ...parts })
}

export function isKeyOperation(name: unknown): name is KeyOperation {
  return keyOperations.some((operation) => operation === name)
}

/**
 * Refuses a key whose "key_ops" allow none of these.
 *
 * @throws {TokenError} `key_unusable`
 */
export function demandOperation(key: Key, ...operations: readonly KeyOperation[]): void {
  if (key.keyOps !== undefined && !operations.some((operation) => key.keyOps?.includes(operation))) {
    throw new TokenError('key_unusable', `the key's "key_ops" do not allow ${operations.join(' or ')}`)
  }
}
