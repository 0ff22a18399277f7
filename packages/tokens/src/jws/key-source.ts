/**
 * Which key a header asks for.
 */

import { TokenError } from '../errors.ts'
import type { Key } from '../jwk/key.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import type { ParsedHeader } from './header.ts'

/** One key, a few, or a look-up by key ID and algorithm. */
export type KeySource =
  Key | readonly Key[] | { find(kid: string | undefined, alg: SignatureAlgorithm): Key | undefined }

/**
 * The one key for a header: by "kid" where the header has one, else the only key of its algorithm. The algorithm is
 * the key's: where the header's differs, the token is refused before any of its bytes reach a primitive.
 *
 * @throws {TokenError} `token_key_unknown`
 * @throws {TokenError} `token_algorithm_refused` if the key is for another algorithm
 * @see RFC 8725 §3.1
 */
export function selectKey({ header, alg }: ParsedHeader, keys: KeySource): Key {
  const key = findKey(header.kid, alg, keys)
  if (key === undefined) throw new TokenError('token_key_unknown', 'no single key answers to the header')
  if (key.alg !== alg) throw new TokenError('token_algorithm_refused', `the key is for ${key.alg} alone`)
  return key
}

function findKey(kid: string | undefined, alg: SignatureAlgorithm, keys: KeySource): Key | undefined {
  if ('keyObject' in keys) return kid === undefined || keys.kid === undefined || keys.kid === kid ? keys : undefined
  if ('length' in keys) {
    const matches = keys.filter((key) => (kid === undefined ? key.alg === alg : key.kid === kid))
    return matches.length === 1 ? matches[0] : undefined
  }
  return keys.find(kid, alg)
}
