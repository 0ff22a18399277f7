/** Which grants are revoked, in SQL: what the status lists are made of. */

import type { GrantStore } from '../records.ts'
import type { Batches, Places } from './batches.ts'

export function sqlRevocations({ db, define }: Batches): Pick<GrantStore, 'countRevoked' | 'listRevokedIndexes'> {
  type Since = Places<{ since: number }>
  const revoked = (at: Since) => db.selectFrom('oauthGrant').where('revokedAt', '>=', at.since)
  // Each is answered from an index alone.
  const count = define((at: Since) => [
    revoked(at).select((eb) => eb.fn.countAll<number>().as('count')),
    db.selectFrom('oauthGrant').select((eb) => eb.fn.max('statusIndex').as('highestIndex')),
  ])
  const list = define((at: Since) => [revoked(at).select('statusIndex').where('statusIndex', 'is not', null)])

  return {
    async countRevoked(since) {
      const [[counted], [highest]] = await count({ since })
      return { count: counted?.count ?? 0, highestIndex: highest?.highestIndex ?? -1 }
    },
    async listRevokedIndexes(since) {
      const [rows] = await list({ since })
      return rows.flatMap(({ statusIndex }) => statusIndex ?? [])
    },
  }
}
