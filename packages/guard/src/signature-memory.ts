/**
 * Remembers tokens whose signature held: exact bytes, until "exp", as long as their key is good.
 *
 * Verified once, checked always: that a signature holds is a fact about bytes and a key and never changes. Everything
 * else about a token is checked on every request, by others.
 */

import type { EpochSeconds, Key } from '@countersign/tokens'
import type { AccessToken } from './access-token.ts'

export interface SignatureMemory {
  recall(token: string, keys: readonly Key[], now: EpochSeconds): AccessToken | undefined
  remember(token: string, accessToken: AccessToken): void
}

/**
 * Bounded by `maxEntries` tokens, in two generations: when the young one has half of them, the old one is dropped. That
 * keeps what is in use, without an account of who was used when.
 */
export function signatureMemory(maxEntries: number): SignatureMemory {
  const generationSize = Math.floor(maxEntries / 2)
  let young = new Map<string, AccessToken>()
  let old = new Map<string, AccessToken>()

  const remember = (token: string, accessToken: AccessToken): void => {
    if (generationSize === 0) return
    if (young.size >= generationSize) {
      old = young
      young = new Map()
    }
    young.set(token, accessToken)
  }

  return {
    remember,
    recall(token, keys, now) {
      const inYoung = young.get(token)
      const found = inYoung ?? old.get(token)
      if (found === undefined) return undefined
      if (!keys.includes(found.key) || found.expiresAt <= now) {
        young.delete(token)
        old.delete(token)
        return undefined
      }
      if (inYoung === undefined) remember(token, found)
      return found
    },
  }
}
