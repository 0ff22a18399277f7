/** The public keys that a client registered, parsed once for each text: assertions that nobody signed come for free. */

import { parseJwkSet } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'

/** Some KiB each. */
const maxRemembered = 1000
const remembered = new Map<string, readonly Key[]>()

/** @throws {TokenError} `key_malformed` if the text is no JWK Set. */
export function clientKeys(jwks: string): readonly Key[] {
  let keys = remembered.get(jwks)
  if (keys === undefined) {
    keys = parseJwkSet(jwks).filter(({ kind }) => kind === 'public')
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(jwks, keys)
  }
  return keys
}
