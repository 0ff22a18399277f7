/**
 * Remembers tokens whose signature held: exact bytes, until "exp", as long as their key is good.
 *
 * Verified once, checked always: that a signature holds is a fact about bytes and a key and never changes. Everything
 * else about a token is checked on every request, by others.
 */

import type { EpochSeconds, Key } from '@countersign/tokens'
import type { AccessToken } from './access-token.ts'
import { boundedMemory } from './bounded-memory.ts'

export interface SignatureMemory {
  recall(token: string, keys: readonly Key[], now: EpochSeconds): AccessToken | undefined
  remember(token: string, accessToken: AccessToken): void
}

/** Bounded by `maxEntries` tokens. */
export function signatureMemory(maxEntries: number): SignatureMemory {
  const memory = boundedMemory<AccessToken>(maxEntries)
  return {
    remember: (token, accessToken) => memory.set(token, accessToken),
    recall(token, keys, now) {
      const found = memory.get(token)
      if (found === undefined || (keys.includes(found.key) && found.expiresAt > now)) return found
      memory.delete(token)
      return undefined
    },
  }
}
