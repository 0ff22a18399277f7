/**
 * Places in the status lists for new grants: random ones, so that neighbours have nothing to do with each other, and free
 * ones, which the store decides.
 */

import { randomInt } from 'node:crypto'
import { statusListSize } from '@countersign/protocol'

/**
 * Issues a grant at a free place: hands `issue` one place after another, counted over all lists, until it answers anything
 * but `status_index_taken`, and answers that.
 */
export type PlaceGrant = <T>(issue: (statusIndex: number) => Promise<T | 'status_index_taken'>) => Promise<T>

/** 2 to this power lists: a thousand million grants. */
const mostDoublings = 13

/**
 * Answers a placement that begins with one list. Each collision doubles the lists to choose from; how far that went is
 * remembered, for all grants of this process, so that a grant tries a few places at most.
 */
export function grantPlacement(choose: (below: number) => number = randomInt): PlaceGrant {
  let doublings = 0
  return async (issue) => {
    // One step back: after a collision by chance the next grant tries the fewer lists again.
    for (let wide = Math.max(0, doublings - 1); ; wide = Math.min(wide + 1, mostDoublings)) {
      const outcome = await issue(choose(statusListSize * 2 ** wide))
      if (outcome === 'status_index_taken') continue
      doublings = wide
      return outcome
    }
  }
}
