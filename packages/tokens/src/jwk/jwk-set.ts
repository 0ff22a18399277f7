/**
 * From a JWK Set to key handles.
 */

import type { Key } from './key.ts'
import { malformed, readMembers } from './members.ts'
import { parseJwk } from './parse-jwk.ts'
import { TokenError } from '../errors.ts'

/**
 * The keys of a JWK Set, given as the object or its JSON text. Keys that `parseJwk` refuses are left out (RFC 7517 §5):
 * an issuer may publish ones that are not for us.
 *
 * @throws {TokenError} `key_malformed` if it is no set of JWKs, two keys share a "kid", or secrets stand beside public
 *   keys, which no set means to do
 */
export function parseJwkSet(set: unknown): readonly Key[] {
  const { keys: listed } = readMembers(set)
  if (!Array.isArray(listed)) throw malformed('a set without "keys"')
  const keys = listed.map(readMembers).flatMap(parseUsable)
  const kids = keys.flatMap(({ kid }) => kid ?? [])
  if (new Set(kids).size !== kids.length) throw malformed('two keys of one "kid"')
  if (new Set(keys.map(({ kind }) => kind === 'secret')).size > 1) throw malformed('secrets beside public keys')
  return keys
}

function parseUsable(jwk: unknown): readonly Key[] {
  try {
    return [parseJwk(jwk)]
  } catch (error) {
    if (error instanceof TokenError) return []
    throw error
  }
}
