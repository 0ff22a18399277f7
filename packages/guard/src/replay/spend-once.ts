/** Spends what may be used once: a token, or a proof. */

import type { EpochSeconds } from '@countersign/tokens'
import { GuardError } from '../guard-error.ts'
import type { GuardErrorCode } from '../guard-error.ts'
import type { ReplayStore } from './replay-store.ts'

/** The largest clock difference that any guard may allow, in seconds. */
export const maxClockSkewSeconds = 60

export interface SpendOptions {
  readonly replay: ReplayStore | undefined
  readonly clockSkewSeconds: number
}

export interface Spendable {
  /** Made by `spendId`. */
  readonly id: Uint8Array
  readonly issuedAt: EpochSeconds
  /** From when on nobody takes it, but for clocks that differ. */
  readonly expiresAt: EpochSeconds
  /** What it is, for people. */
  readonly name: string
  readonly replayed: GuardErrorCode
}

/**
 * @throws {GuardError} `replayed`, `replay_store_missing`, `replay_store_reset`, `replay_store_unavailable`, and what the
 * store throws.
 */
export async function spendOnce(
  { id, issuedAt, expiresAt, name, replayed }: Spendable,
  { replay, clockSkewSeconds }: SpendOptions,
): Promise<void> {
  if (replay === undefined) {
    throw new GuardError('replay_store_missing', `the ${name} cannot be taken here: there is no replay store`)
  }
  // At the second of birth too: a clock in whole seconds does not say which came first.
  if (!(issuedAt > replay.bornAt + clockSkewSeconds)) {
    throw new GuardError('replay_store_reset', `the ${name} is older than the memory of the replay store`)
  }
  // Accepted until it ends plus a skew, by a clock that differs from the store's as much. The largest skew, not ours: the
  // guards of one store may allow different ones, and none of them may still take what the store has forgotten.
  const outcome = await spend(replay, id, expiresAt + 2 * maxClockSkewSeconds)
  // Whatever is not plainly spent now may have been spent before.
  if (outcome !== 'spent') throw new GuardError(replayed, `the ${name} has been used`)
}

async function spend(replay: ReplayStore, id: Uint8Array, until: EpochSeconds): Promise<unknown> {
  try {
    return await replay.spend(id, until)
  } catch (error) {
    if (error instanceof GuardError) throw error
    throw new GuardError('replay_store_unavailable', 'the replay store does not answer', { cause: error })
  }
}
