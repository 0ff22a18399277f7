/** Forgets what has ended, a portion at a time, so that nothing else waits long for the database. */

import type { EpochSeconds } from '../../clock.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'

const portion = 500

export function sqlExpiry({ db, define }: Batches): (now: EpochSeconds) => Promise<number> {
  const ended = (now: Places<{ now: number }>['now']) => db.selectFrom('oauthGrant').where('endsAt', '<=', now)

  const forget = define((at: Places<{ now: number }>) => [
    db
      .deleteFrom('authSession')
      .where('hash', 'in', db.selectFrom('authSession').select('hash').where('expiresAt', '<=', at.now).limit(portion))
      .returning('hash'),
    db
      .deleteFrom('refreshToken')
      .where(
        'hash',
        'in',
        ended(at.now).innerJoin('refreshToken', 'grantId', 'oauthGrant.id').select('hash').limit(portion),
      )
      .returning('hash'),
    db
      .deleteFrom('authorizationCode')
      .where(
        'hash',
        'in',
        ended(at.now).innerJoin('authorizationCode', 'grantId', 'oauthGrant.id').select('hash').limit(portion),
      )
      .returning('hash'),
    db
      .deleteFrom('oauthGrant')
      .where(
        'id',
        'in',
        ended(at.now)
          .select('id')
          .where(({ not, ref }) =>
            not(exists(db.selectFrom('refreshToken').select('hash').where('grantId', '=', ref('oauthGrant.id')))),
          )
          .where(({ not, ref }) =>
            not(exists(db.selectFrom('authorizationCode').select('hash').where('grantId', '=', ref('oauthGrant.id')))),
          )
          .limit(portion),
      )
      .returning('id'),
  ])

  return async (now) => {
    let total = 0
    for (;;) {
      const removed = (await forget({ now })).reduce((sum, rows) => sum + rows.length, 0)
      if (removed === 0) return total
      total += removed
    }
  }
}
