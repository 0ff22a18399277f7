/** The promise of a replay store. Its implementations: memory (one process); Redis, for many, comes later. */

import type { EpochSeconds } from '@countersign/tokens'

export interface ReplayStore {
  /**
   * Spends an id. Atomic: of any number of calls for one id before `until`, exactly one is answered `spent`; the
   * others are `replayed`.
   *
   * @param id Made by `spendId`.
   * @param until When the id may be forgotten: nothing that bears it is accepted from then on.
   * @throws {GuardError} `replay_store_full`, `replay_store_unavailable`, `replay_store_reset`: not spent, refuse.
   */
  spend(id: Uint8Array | string, until: EpochSeconds): Promise<'spent' | 'replayed'> | 'spent' | 'replayed'
  /** Since when the store remembers everything: what was issued before may have been spent. */
  readonly bornAt: EpochSeconds
}
