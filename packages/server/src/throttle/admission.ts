/** Admission: so many attempts of a key in some time, and growing delays between those beyond. All count, whatever comes of them. */

import { createGrowingDelay } from './growing-delay.ts'
import type { GrowingDelayOptions } from './growing-delay.ts'
import { createTurns } from './turns.ts'

/** Counts an attempt and answers 0; or the seconds until the key may try again, and counts nothing. */
export type Admit = (key: string) => Promise<number>

export function createAdmission(options: GrowingDelayOptions): Admit {
  const delay = createGrowingDelay(options)
  const inTurn = createTurns()
  return (key) =>
    inTurn(async () => {
      const seconds = await delay.wait(key)
      if (seconds === 0) await delay.count(key)
      return seconds
    })
}
