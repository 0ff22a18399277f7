/** Sign-ins under way, in SQL. */

import type { AuthSession, AuthSessionStore } from '../records.ts'
import { toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'

export function sqlAuthSessions({ db, define }: Batches): AuthSessionStore {
  const insert = define((at: Places<{ session: AuthSession }>) => [db.insertInto('authSession').values(at.session)])
  const insertWithEvent = define((at: Places<{ session: AuthSession; event: EventRow }>) => [
    db.insertInto('authSession').values(at.session),
    db.insertInto('auditEvent').values(at.event),
  ])
  const take = define((at: Places<{ hash: string; now: number }>) => [
    db
      .deleteFrom('authSession')
      .where('hash', '=', at.hash)
      .where('expiresAt', '>', at.now)
      .returning([
        'hash',
        'clientId',
        'codeChallenge',
        'scope',
        'resource',
        'nonce',
        'dpopJkt',
        'failures',
        'expiresAt',
      ]),
  ])

  return {
    async insert({ hash, clientId, codeChallenge, scope, resource, nonce, dpopJkt, failures, expiresAt }, event) {
      const session = { hash, clientId, codeChallenge, scope, resource, nonce, dpopJkt, failures, expiresAt }
      await (event === null ? insert({ session }) : insertWithEvent({ session, event: toEventRow(event) }))
    },
    async take(hash, now) {
      const [[session]] = await take({ hash, now })
      return session
    },
  }
}
