/** What has been spent, in SQL. */

import type { SpentId, SpentIdStore } from '../records.ts'
import type { Batches, Places } from './batches.ts'

export function sqlSpentIds({ db, define }: Batches): SpentIdStore {
  const spend = define((at: Places<{ spent: SpentId }>) => [
    db
      .insertInto('spentId')
      .values(at.spent)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id'),
  ])

  return {
    async spend({ id, expiresAt }) {
      const [[inserted]] = await spend({ spent: { id, expiresAt } })
      return inserted === undefined ? 'replayed' : 'spent'
    },
  }
}
