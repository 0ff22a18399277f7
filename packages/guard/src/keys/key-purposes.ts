/**
 * What a key is for: to sign tokens or status lists, never both (`cs_use` in the JWK Set). Whoever gets hold of one key
 * has got no other purpose with it.
 */

import { statusKeyUse } from '@countersign/protocol'
import { parseJsonObject, parseJwkSet } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'

export type KeyPurpose = 'token' | 'status'
export type KeysByPurpose = Readonly<Record<KeyPurpose, readonly Key[]>>

/**
 * Answers the keys of a JWK Set, given as the object or its JSON text. A key for something else is left out.
 *
 * @throws {TokenError} if the set is malformed.
 */
export function parseKeysByPurpose(set: unknown): KeysByPurpose {
  const { keys: listed } = (typeof set === 'string' ? parseJsonObject(set) : set) as { readonly keys: readonly Jwk[] }
  // All at once first: that no two share a "kid" is about the whole set.
  parseJwkSet({ keys: listed })
  const keysFor = (purpose: string | undefined): readonly Key[] =>
    parseJwkSet({ keys: listed.filter((jwk) => jwk.cs_use === purpose) })
  return {
    token: keysFor(undefined),
    // Lists are for anybody to check: a secret signs none (draft-ietf-oauth-status-list-21 §5.1).
    status: keysFor(statusKeyUse).filter(({ kind }) => kind === 'public'),
  }
}

interface Jwk {
  readonly cs_use?: unknown
}
