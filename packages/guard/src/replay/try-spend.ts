/** Spends an id through a replay store that may fail. What each outcome means to a caller is left to those who ask. */

import type { EpochSeconds } from '@countersign/tokens'
import { GuardError } from '../guard-error.ts'
import type { ReplayStore } from './replay-store.ts'

/** The largest clock difference that any guard may allow, in seconds. */
export const maxClockSkewSeconds = 60

export interface SpendableId {
  /** Made by `spendId`. */
  readonly id: Uint8Array
  /** `Infinity` for what was certainly issued since the store was born. */
  readonly issuedAt: EpochSeconds
  /** From when on nobody takes it, but for clocks that differ. */
  readonly expiresAt: EpochSeconds
}

export interface TrySpendOptions {
  readonly replay: ReplayStore
  /** By how much the clock of the issuer may be ahead of the store's. */
  readonly clockSkewSeconds: number
}

/** `too_old`: issued before the store's memory begins, so that nobody knows whether it was spent. */
export type SpendOutcome = 'spent' | 'replayed' | 'too_old'

/**
 * Answers `spent` to exactly one call for an id, for as long as anything that shares the store may take what bears it.
 *
 * @throws {GuardError} `replay_store_unavailable`, and what the store throws: not spent, refuse.
 */
export async function trySpend(
  { id, issuedAt, expiresAt }: SpendableId,
  { replay, clockSkewSeconds }: TrySpendOptions,
): Promise<SpendOutcome> {
  // At the second of birth too: a clock in whole seconds does not say which came first.
  if (!(issuedAt > replay.bornAt + clockSkewSeconds)) return 'too_old'
  // Accepted until it ends plus a skew, by a clock that differs from the store's as much. The largest skew, not ours: the
  // guards of one store may allow different ones, and none of them may still take what the store has forgotten.
  const outcome = await spend(replay, id, expiresAt + 2 * maxClockSkewSeconds)
  // Whatever is not plainly spent now may have been spent before.
  return outcome === 'spent' ? 'spent' : 'replayed'
}

async function spend(replay: ReplayStore, id: Uint8Array, until: EpochSeconds): Promise<unknown> {
  try {
    return await replay.spend(id, until)
  } catch (error) {
    if (error instanceof GuardError) throw error
    throw new GuardError('replay_store_unavailable', 'the replay store does not answer', { cause: error })
  }
}
