/** Forgets what has ended, a portion at a time, so that nothing else waits long for the database. */

import type { EpochSeconds } from '../../clock.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'

const portion = 500

export function sqlExpiry({ db, define }: Batches): (now: EpochSeconds) => Promise<number> {
  const forget = define((at: Places<{ now: number }>) => {
    const ended = db.selectFrom('oauthGrant').where('endsAt', '<=', at.now).limit(portion)
    const tokens = ended.innerJoin('refreshToken', 'grantId', 'oauthGrant.id').select('hash')
    const codes = ended.innerJoin('authorizationCode', 'grantId', 'oauthGrant.id').select('hash')
    const sessions = db.selectFrom('authSession').select('hash').where('expiresAt', '<=', at.now).limit(portion)
    const spent = db.selectFrom('spentId').select('id').where('expiresAt', '<=', at.now).limit(portion)
    const emptied = ended
      .select('id')
      .where((eb) =>
        eb.not(exists(db.selectFrom('refreshToken').select('hash').where('grantId', '=', eb.ref('oauthGrant.id')))),
      )
      .where((eb) =>
        eb.not(
          exists(db.selectFrom('authorizationCode').select('hash').where('grantId', '=', eb.ref('oauthGrant.id'))),
        ),
      )
    return [
      db.deleteFrom('authSession').where('hash', 'in', sessions).returning('hash'),
      db.deleteFrom('spentId').where('id', 'in', spent).returning('id'),
      db.deleteFrom('refreshToken').where('hash', 'in', tokens).returning('hash'),
      db.deleteFrom('authorizationCode').where('hash', 'in', codes).returning('hash'),
      db.deleteFrom('oauthGrant').where('id', 'in', emptied).returning('id'),
    ]
  })

  return async (now) => {
    let total = 0
    for (;;) {
      const removed = (await forget({ now })).reduce((sum, rows) => sum + rows.length, 0)
      if (removed === 0) return total
      total += removed
    }
  }
}
