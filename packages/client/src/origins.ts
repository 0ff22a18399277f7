/**
 * What each origin has told about itself: the DPoP nonce that it wants next, and what time it has.
 *
 * Kept in memory only: a nonce lives for a minute, and whoever has lost one is told the next. What the issuer said of the
 * time is kept with the token that came along.
 *
 * The time goes into proofs. By a `Date` of later, whoever answers in an API's name could gather proofs that are good later,
 * and use them when it has lost its place, for as long as the token lives that came along. So an API is believed for five
 * minutes only. The issuer is believed whatever it says: it makes the tokens. A proof of the past is good nowhere. That one
 * was made just now, only a nonce can say.
 */

import type { Clock } from './clock.ts'

/** What a request to an origin goes by. */
export interface OriginFacts {
  readonly nonce: string | undefined
  /** How far its clock is ahead of ours, in seconds. The issuer's counts where it has not answered or is not believed. */
  readonly aheadSeconds: number
}

export interface Origins {
  facts(url: URL): OriginFacts
  learn(url: URL, headers: Headers): void
  /** How far the issuer was ahead when it was last heard, by this process or another. */
  recall(issuerAheadSeconds: number | undefined): void
}

/** `Date` has whole seconds and is some way old when it arrives: a smaller difference is none. */
const toleranceSeconds = 2
/** How far an API may be ahead of our clock or the issuer's, whichever is later. */
const maxAheadSeconds = 300

export function createOrigins(issuer: string, clock: Clock): Origins {
  const home = new URL(issuer).origin
  const nonces = new Map<string, string>()
  const ahead = new Map<string, number>()
  let recalled = 0
  const aheadOf = (origin: string): number => {
    const atHome = ahead.get(home) ?? recalled
    const told = ahead.get(origin) ?? atHome
    return told <= Math.max(atHome, 0) + maxAheadSeconds ? told : atHome
  }
  return {
    facts: ({ origin }) => ({ nonce: nonces.get(origin), aheadSeconds: aheadOf(origin) }),
    learn({ origin }, headers) {
      const nonce = headers.get('dpop-nonce')
      if (nonce !== null) nonces.set(origin, nonce)
      const seconds = measureAhead(headers, clock())
      if (seconds !== undefined) ahead.set(origin, seconds)
    },
    recall(issuerAheadSeconds = 0) {
      recalled = issuerAheadSeconds
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
