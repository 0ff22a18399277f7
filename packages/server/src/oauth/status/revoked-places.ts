/**
 * Which places of the status lists are revoked, kept up with a store that other processes write to.
 *
 * Read when somebody asks. Most of the time that is a count, which tells that nothing has changed; then what was revoked
 * lately; and now and then all, to forget what has ended.
 */

import { emptyStatusBits, revokeStatus, statusListSize } from '@countersign/protocol'
import type { Clock, EpochSeconds } from '../../clock.ts'
import { longestAccessTokenSeconds } from '../../store/records.ts'
import type { GrantStore } from '../../store/records.ts'

export interface RevokedPlacesDeps {
  readonly grants: Pick<GrantStore, 'countRevoked' | 'listRevokedIndexes'>
  readonly clock: Clock
  /** Seconds that never go back. */
  readonly monotonic: () => number
}

export interface RevokedPlaces {
  /**
   * Catches up with the store; what was read less than a fifth of a second ago is not read again.
   *
   * @throws {StoreError} if the store does not answer.
   */
  catchUp(): Promise<void>
  /** How many lists there are: those that grants have places in, and those that the next grants may get places in. */
  readonly lists: number
  /** The bits of a list. */
  bits(list: number): Uint8Array
  /** A number that is another one whenever the bits of the list are. */
  version(list: number): number
}

const readEverySeconds = 0.2
const readAllEverySeconds = 300
/** Clocks of processes differ, and what is revoked is seen a while after it was dated. */
const overlapSeconds = 150
/**
 * So long after a revocation all tokens of the grant are dead, whatever the clocks. It is forgotten before the grant is,
 * and with it the place becomes free for another one.
 */
const interestSeconds = longestAccessTokenSeconds + 600

const nothing: Uint8Array = emptyStatusBits()

export function revokedPlaces({ grants, clock, monotonic }: RevokedPlacesDeps): RevokedPlaces {
  let places = new Map<number, { readonly bits: Uint8Array; version: number }>()
  let lastVersion = 0
  let readAt = -Infinity
  let readAllAt = -Infinity
  /** What is dated later is asked for at each reading. */
  let lateSince: EpochSeconds = 0
  let lateCount = -1
  let highestIndex = -1
  let reading: Promise<void> | undefined

  const mark = (indexes: readonly number[]): void => {
    for (const index of indexes) {
      const list = Math.floor(index / statusListSize)
      const place = places.get(list) ?? { bits: emptyStatusBits(), version: 0 }
      place.version = lastVersion
      revokeStatus(place.bits, index % statusListSize)
      places.set(list, place)
    }
  }

  const read = async (): Promise<void> => {
    const startAt = monotonic()
    const isAllDue = startAt - readAllAt >= readAllEverySeconds
    const now = clock()
    const since = isAllDue ? now - overlapSeconds : lateSince
    // Counted first: what is revoked between the two is listed now, and makes the next count another one.
    const counted = await grants.countRevoked(since)
    if (isAllDue || counted.count !== lateCount) {
      const indexes = await grants.listRevokedIndexes(isAllDue ? now - interestSeconds : since)
      lastVersion++
      if (isAllDue) {
        places = new Map()
        readAllAt = startAt
        lateSince = since
      }
      mark(indexes)
    }
    lateCount = counted.count
    highestIndex = counted.highestIndex
    readAt = startAt
  }

  return {
    async catchUp() {
      if (monotonic() - readAt < readEverySeconds) return
      await (reading ??= read().finally(() => (reading = undefined)))
    },
    get lists() {
      return 2 * (Math.floor(Math.max(highestIndex, 0) / statusListSize) + 1)
    },
    bits: (list) => places.get(list)?.bits ?? nothing,
    version: (list) => places.get(list)?.version ?? 0,
  }
}
