/**
 * What the server remembers of the tokens that it issued, each until it expires. A token itself is never kept.
 *
 * Here in memory; in Redis, for several servers at once: `redis-token-store.ts`.
 */

import { HttpRefusal } from '../wire/http-refusal.ts'

export interface IssuedToken {
  readonly jti: string
  readonly user: string
  readonly hash: string
  /** In seconds. */
  readonly expiresAt: number
}

export interface TokenStore {
  /** Keeps a token's hash, and that the token is its user's newest. */
  keep(token: IssuedToken): Promise<void>
  isSpent(jti: string): Promise<boolean>
  newestOf(user: string): Promise<string | undefined>
  /** Undefined for a token that is unknown or spent. */
  hashOf(jti: string): Promise<string | undefined>
  /** Atomic: of any number of concurrent calls for one token, exactly one is answered true. */
  spend(jti: string, expiresAt: number): Promise<boolean>
  close(): Promise<void>
}

/** The one refusal of a store that cannot be asked: whoever cannot look must not grant. */
export function storeUnavailable(): HttpRefusal {
  return new HttpRefusal(503, 'store_unavailable')
}

/** A table's bound. The oldest goes first: its token is then unknown, and refused. */
const mostEntries = 10_000

export function memoryTokenStore(now: () => number): TokenStore {
  const hashes = createTable(now)
  const newest = createTable(now)
  const spent = createTable(now)
  return {
    keep: async ({ jti, user, hash, expiresAt }) => {
      hashes.set(jti, hash, expiresAt)
      newest.set(user, jti, expiresAt)
    },
    isSpent: async (jti) => spent.get(jti) !== undefined,
    newestOf: async (user) => newest.get(user),
    hashOf: async (jti) => hashes.get(jti),
    spend: async (jti, expiresAt) => {
      spent.set(jti, '1', expiresAt)
      return hashes.delete(jti)
    },
    close: async () => undefined,
  }
}

interface Table {
  set(key: string, value: string, expiresAt: number): void
  get(key: string): string | undefined
  delete(key: string): boolean
}

function createTable(now: () => number): Table {
  const entries = new Map<string, { readonly value: string; readonly expiresAt: number }>()
  return {
    set: (key, value, expiresAt) => {
      // At the end, so that the order is the order of age.
      entries.delete(key)
      entries.set(key, { value, expiresAt })
      for (const [oldest, entry] of entries) {
        if (entries.size <= mostEntries && now() < entry.expiresAt) break
        entries.delete(oldest)
      }
    },
    get: (key) => {
      const entry = entries.get(key)
      return entry !== undefined && now() < entry.expiresAt ? entry.value : undefined
    },
    delete: (key) => entries.delete(key),
  }
}
