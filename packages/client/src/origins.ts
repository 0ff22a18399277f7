/**
 * What each origin has told about itself: the DPoP nonce that it wants next, and what time it has.
 *
 * Kept in memory only: a nonce lives for a minute, and whoever has lost one is told the next.
 */

import type { Clock } from './clock.ts'

/** What a request to an origin goes by. */
export interface OriginFacts {
  readonly nonce: string | undefined
  /** How far its clock is ahead of ours, in seconds. Before any answer of its own, the issuer's counts. */
  readonly aheadSeconds: number
}

export interface Origins {
  facts(url: URL): OriginFacts
  learn(url: URL, headers: Headers): void
}

/** `Date` has whole seconds and is some way old when it arrives: a smaller difference is none. */
const toleranceSeconds = 2

export function createOrigins(issuer: string, clock: Clock): Origins {
  const home = new URL(issuer).origin
  const nonces = new Map<string, string>()
  const ahead = new Map<string, number>()
  return {
    facts: ({ origin }) => ({
      nonce: nonces.get(origin),
      aheadSeconds: ahead.get(origin) ?? ahead.get(home) ?? 0,
    }),
    learn({ origin }, headers) {
      const nonce = headers.get('dpop-nonce')
      if (nonce !== null) nonces.set(origin, nonce)
      const seconds = measureAhead(headers, clock())
      if (seconds !== undefined) ahead.set(origin, seconds)
    },
  }
}

/** Whether a request that went by `before` would be told otherwise now, in what its receiver may have refused it for. */
export function isWiser(before: OriginFacts, now: OriginFacts): boolean {
  return before.nonce !== now.nonce || isClockMoved(before, now)
}

export function isClockMoved(before: OriginFacts, now: OriginFacts): boolean {
  return Math.abs(before.aheadSeconds - now.aheadSeconds) > toleranceSeconds
}

/** `undefined` where the answer does not say: it has no date, or comes out of a cache. */
function measureAhead(headers: Headers, now: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date) || headers.has('age')) return undefined
  const seconds = Math.round(date / 1000 - now)
  return Math.abs(seconds) <= toleranceSeconds ? 0 : seconds
}
