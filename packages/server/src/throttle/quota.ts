/** Quota: so much of something for each key in a while. Kept in the memory of this process; keys are few, and known. */

import type { RateLimiterMemory } from './limiter.ts'

export interface QuotaOptions {
  readonly amount: number
  readonly perSeconds: number
}

/** Takes an amount and answers 0; or the seconds until there is some again. What was refused counts, too. */
export type TakeFromQuota = (key: string, amount: number) => Promise<number>

export function createQuota({ amount: points, perSeconds: duration }: QuotaOptions): TakeFromQuota {
  let loading: Promise<RateLimiterMemory> | undefined
  return async (key, amount) => {
    loading ??= import('./limiter.ts').then(({ RateLimiterMemory }) => new RateLimiterMemory({ points, duration }))
    const limiter = await loading
    const { consumedPoints, msBeforeNext } = await limiter.penalty(key, amount)
    return consumedPoints <= points ? 0 : Math.max(1, Math.ceil(msBeforeNext / 1000))
  }
}
