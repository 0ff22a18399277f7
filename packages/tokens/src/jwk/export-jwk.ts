/**
 * From a key handle back to a JWK.
 */

import { createPublicKey } from 'node:crypto'

import type { Jwk } from './jwk.ts'
import { keyFacts } from './key-facts.ts'
import type { Key } from './key.ts'

/**
 * The public half.
 *
 * @throws {TypeError} for a symmetric key, which has none
 */
export function exportPublicJwk(key: Key): Jwk {
  if (key.kind === 'secret') throw new TypeError('a symmetric key has no public half')
  const publicKey = key.kind === 'public' ? key.keyObject : createPublicKey(key.keyObject)
  return withMetadata(key, publicKey.export({ format: 'jwk' }) as Jwk)
}

/**
 * All of the key, its secret members included.
 *
 * @throws {TypeError} for a public key, which has none
 */
export function exportPrivateJwk(key: Key): Jwk {
  if (key.kind === 'public') throw new TypeError('a public key has no private half')
  const jwk = withMetadata(key, key.keyObject.export({ format: 'jwk' }) as Jwk)
  return key.keyOps === undefined ? jwk : { ...jwk, key_ops: key.keyOps }
}

function withMetadata({ alg, enc, kid }: Key, { kty, ...members }: Jwk): Jwk {
  const use = keyFacts(alg, kty)?.use ?? 'sig'
  return { kty, ...(kid === undefined ? {} : { kid }), alg: enc ?? alg, use, ...members }
}
