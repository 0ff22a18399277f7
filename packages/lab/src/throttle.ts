/**
 * How often passwords may be guessed: five failures a minute for a name at an address, whether there is such a name or
 * not.
 *
 * A guess that is being verified counts as failed until it turns out right: of many guesses at once no more are looked at
 * than of the same guesses one by one.
 */

import { createHash } from 'node:crypto'

import type { ServerOptions } from './running-server.ts'

export type Verdict =
  | { readonly status: 'right' }
  | { readonly status: 'wrong' }
  | { readonly status: 'throttled'; readonly retryAfterSeconds: number }

export interface Throttle {
  /** Verifies a guess, or refuses it without looking. */
  guess(name: string, address: string, verify: () => Promise<boolean>): Promise<Verdict>
}

const mostFailures = 5
const windowSeconds = 60
/** Filling it takes ten thousand password hashes, longer than what it forgets by that would have counted. */
const mostEntries = 10_000

interface Entry {
  /** When the failures of the last minute were. */
  failures: number[]
  verifying: number
  /** Guesses that wait for one that is being verified. */
  readonly waiting: (() => void)[]
}

export function createThrottle({ now = () => Date.now() / 1000 }: Pick<ServerOptions, 'now'> = {}): Throttle {
  const entries = new Map<string, Entry>()

  const entryOf = (key: string): Entry => {
    const entry = entries.get(key) ?? { failures: [], verifying: 0, waiting: [] }
    entry.failures = entry.failures.filter((at) => now() - at < windowSeconds)
    // The last that was asked about is the last to be forgotten.
    entries.delete(key)
    entries.set(key, entry)
    if (entries.size > mostEntries) entries.delete(entries.keys().next().value ?? '')
    return entry
  }

  return {
    guess: async (name, address, verify) => {
      // Hashed: a name may be long, and people type passwords into the wrong field.
      const key = createHash('sha256')
        .update(JSON.stringify([name, address]))
        .digest('base64')
      let entry = entryOf(key)
      while (entry.failures.length < mostFailures && entry.failures.length + entry.verifying >= mostFailures) {
        const { waiting } = entry
        await new Promise<void>((resolve) => waiting.push(resolve))
        entry = entryOf(key)
      }
      const [oldest] = entry.failures
      if (oldest !== undefined && entry.failures.length >= mostFailures) {
        return { status: 'throttled', retryAfterSeconds: Math.max(1, Math.ceil(oldest + windowSeconds - now())) }
      }
      entry.verifying += 1
      try {
        if (await verify()) return { status: 'right' }
        entry.failures.push(now())
        return { status: 'wrong' }
      } finally {
        entry.verifying -= 1
        for (const wake of entry.waiting.splice(0)) wake()
      }
    },
  }
}
