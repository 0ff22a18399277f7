/** Spends a single-use access token: the last of all checks, so that a refusal for another reason does not burn it. */

import type { AccessToken } from '../access-token.ts'
import { spendId } from './spend-id.ts'
import { spendOnce } from './spend-once.ts'
import type { SpendOptions } from './spend-once.ts'

/**
 * @throws {GuardError} `token_replayed`, `replay_store_missing`, `replay_store_reset`, `replay_store_unavailable`, and
 * what the store throws.
 */
export async function spendAccessToken(
  { grant, issuedAt, expiresAt }: AccessToken,
  { issuer, ...options }: SpendOptions & { readonly issuer: string },
): Promise<void> {
  const id = spendId('at', issuer, grant.tokenId)
  await spendOnce({ id, issuedAt, expiresAt, name: 'token', replayed: 'token_replayed' }, options)
}
