/**
 * Symmetric keys from their bytes.
 */

import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { TokenError } from '../errors.ts'
import { keyFacts } from './key-facts.ts'
import type { KeyFacts } from './key-facts.ts'
import { makeKey } from './key.ts'
import type { ContentEncryption, Key } from './key.ts'

export interface SecretKeyOptions {
  readonly kid?: string
  /** For a `dir` key: the only content encryption it may be used with. */
  readonly enc?: ContentEncryption
}

/**
 * The handle of a symmetric key.
 *
 * @throws {TypeError} if the algorithm takes no symmetric key
 * @throws {TokenError} `key_too_weak`, `key_malformed` if the bytes are too few or too many
 */
export function secretKey(alg: Key['alg'], bytes: Uint8Array, { kid, enc }: SecretKeyOptions = {}): Key {
  const facts = keyFacts(alg, 'oct', enc)
  if (facts?.kty !== 'oct') throw new TypeError(`${alg} takes no symmetric key`)
  return makeKey({ alg, kid, kind: 'secret', enc, keyObject: secretKeyObject(bytes, facts) })
}

export function secretKeyObject(bytes: Uint8Array, facts: Extract<KeyFacts, { kty: 'oct' }>): KeyObject {
  if (bytes.byteLength < facts.leastBytes) {
    throw new TokenError('key_too_weak', `the key is shorter than ${facts.leastBytes} bytes`)
  }
  if (bytes.byteLength > facts.mostBytes) {
    throw new TokenError('key_malformed', `the key is longer than ${facts.mostBytes} bytes`)
  }
  return createSecretKey(bytes)
}
