/**
 * Growing delays: a few attempts of a key are free, then each one doubles the wait before the next.
 *
 * What a key is (an account, an address) and which attempts count is left to the caller. Kept in the memory of this
 * process, bounded: when it is full, the key that was counted longest ago is forgotten. Whoever calls several verbs in a
 * row takes turns (`turns.ts`), or of attempts at once some go uncounted.
 */

import type { RateLimiterMemory } from './limiter.ts'

export interface GrowingDelayOptions {
  /** Attempts before the first delay. */
  readonly free: number
  /** Default 900. */
  readonly maxDelaySeconds?: number
  /** A key is forgotten so long after its first attempt, or one that many share would wait for ever. Default 86400. */
  readonly forgetAfterSeconds?: number
  /** Default 50,000: about 25 MB. */
  readonly maxKeys?: number
}

export interface GrowingDelay {
  /** Seconds until the key may try again; 0 if it may now. */
  wait(key: string): Promise<number>
  /** Counts an attempt. Called before it is made, so that others meet its delay while it runs. */
  count(key: string): Promise<void>
  /** Takes one attempt back, and the delay that it caused. */
  takeBack(key: string): Promise<void>
  /** Forgets all attempts of the key. */
  clear(key: string): Promise<void>
}

export function createGrowingDelay(options: GrowingDelayOptions): GrowingDelay {
  const { free, maxDelaySeconds = 900, forgetAfterSeconds = 86_400, maxKeys = 50_000 } = options
  let loading: Promise<{ readonly attempts: RateLimiterMemory; readonly delays: RateLimiterMemory }> | undefined
  /** The keys that have attempts, the one counted longest ago first: the limiter does not tell how many it holds. */
  const known = new Set<string>()

  function limiters() {
    loading ??= import('./limiter.ts').then(({ RateLimiterMemory }) => ({
      attempts: new RateLimiterMemory({ points: free, duration: forgetAfterSeconds }),
      delays: new RateLimiterMemory({ points: 1, duration: maxDelaySeconds }),
    }))
    return loading
  }

  async function clear(key: string): Promise<void> {
    const { attempts, delays } = await limiters()
    known.delete(key)
    await attempts.delete(key)
    await delays.delete(key)
  }

  return {
    async wait(key) {
      const { delays } = await limiters()
      return Math.max(0, Math.ceil(((await delays.get(key))?.msBeforeNext ?? 0) / 1000))
    },

    async count(key) {
      const { attempts, delays } = await limiters()
      const { consumedPoints: count } = await attempts.penalty(key)
      known.delete(key)
      known.add(key)
      const [oldest] = known
      if (known.size > maxKeys && oldest !== undefined) await clear(oldest)
      if (count >= free) await delays.block(key, Math.min(2 ** (count - free), maxDelaySeconds))
    },

    async takeBack(key) {
      const { attempts, delays } = await limiters()
      const { consumedPoints: count } = await attempts.reward(key)
      if (count <= 0) return clear(key)
      await delays.delete(key)
    },

    clear,
  }
}
