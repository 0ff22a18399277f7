/** What an access token of ours hangs on, while it is alive. That the token is ours is found out before. */

import type { JwtClaims } from '@countersign/tokens'
import type { ClientStore, Grant, GrantStore } from './records.ts'

export interface LiveGrantDeps {
  readonly grants: Pick<GrantStore, 'find'>
  readonly clients: Pick<ClientStore, 'find'>
}

/**
 * Answers the grant of an access token; `undefined` if it is revoked, or if the token was issued in an exchange to a client
 * that has been deleted since. A grant ends with its own client; this one hangs on another's.
 */
export async function findLiveGrant(claims: JwtClaims, { grants, clients }: LiveGrantDeps): Promise<Grant | undefined> {
  const grant = await grants.find(String(claims['sid']))
  if (grant?.revokedAt !== null) return undefined
  const holder = claims['client_id']
  const isHeld = holder === grant.clientId || (await clients.find(String(holder))) !== undefined
  return isHeld ? grant : undefined
}
