/** Spends what may be used once, a token or a proof, or refuses the request. */

import { GuardError } from '../guard-error.ts'
import type { GuardErrorCode } from '../guard-error.ts'
import type { ReplayStore } from './replay-store.ts'
import { trySpend } from './try-spend.ts'
import type { SpendableId } from './try-spend.ts'

export interface SpendOptions {
  readonly replay: ReplayStore | undefined
  readonly clockSkewSeconds: number
}

export interface Spendable extends SpendableId {
  /** What it is, for people. */
  readonly name: string
  readonly replayed: GuardErrorCode
}

/**
 * @throws {GuardError} `replayed`, `replay_store_missing`, `replay_store_reset`, `replay_store_unavailable`, and what the
 * store throws.
 */
export async function spendOnce(
  { name, replayed, ...spendable }: Spendable,
  { replay, clockSkewSeconds }: SpendOptions,
): Promise<void> {
  if (replay === undefined) {
    throw new GuardError('replay_store_missing', `the ${name} cannot be taken here: there is no replay store`)
  }
  const outcome = await trySpend(spendable, { replay, clockSkewSeconds })
  if (outcome === 'too_old') {
    throw new GuardError('replay_store_reset', `the ${name} is older than the memory of the replay store`)
  }
  if (outcome !== 'spent') throw new GuardError(replayed, `the ${name} has been used`)
}
