/** Spends a single-use access token: the last of all checks, so that a refusal for another reason does not burn it. */

import type { AccessToken } from '../access-token.ts'
import { GuardError } from '../guard-error.ts'
import type { ReplayStore } from './replay-store.ts'
import { spendId } from './spend-id.ts'

/** The largest clock difference that any guard may allow, in seconds. */
export const maxClockSkewSeconds = 60

export interface SpendOptions {
  readonly replay: ReplayStore | undefined
  readonly issuer: string
  readonly clockSkewSeconds: number
}

/**
 * @throws {GuardError} `token_replayed`, `replay_store_missing`, `replay_store_reset`, `replay_store_unavailable`, and
 * what the store throws.
 */
export async function spendAccessToken(
  { grant, issuedAt, expiresAt }: AccessToken,
  { replay, issuer, clockSkewSeconds }: SpendOptions,
): Promise<void> {
  if (replay === undefined) {
    throw new GuardError('replay_store_missing', 'single-use tokens cannot be taken here: there is no replay store')
  }
  // At the second of birth too: a clock in whole seconds does not say which came first.
  if (!(issuedAt > replay.bornAt + clockSkewSeconds)) {
    throw new GuardError('replay_store_reset', 'the token is older than the memory of the replay store')
  }
  // Accepted until "exp" plus a skew, by a clock that differs from the store's as much. The largest skew, not ours: the
  // guards of one store may allow different ones, and none of them may still take what the store has forgotten.
  const until = expiresAt + 2 * maxClockSkewSeconds
  const outcome = await spend(replay, spendId('at', issuer, grant.tokenId), until)
  // Whatever is not plainly spent now may have been spent before.
  if (outcome !== 'spent') throw new GuardError('token_replayed', 'the token has been used')
}

async function spend(replay: ReplayStore, id: Uint8Array, until: number): Promise<unknown> {
  try {
    return await replay.spend(id, until)
  } catch (error) {
    if (error instanceof GuardError) throw error
    throw new GuardError('replay_store_unavailable', 'the replay store does not answer', { cause: error })
  }
}
