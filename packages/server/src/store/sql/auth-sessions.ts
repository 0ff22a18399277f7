/** Sign-ins under way, in SQL. */

import type { AuthSession, AuthSessionStore } from '../records.ts'
import type { Batches, Places } from './batches.ts'

export function sqlAuthSessions({ db, define }: Batches): AuthSessionStore {
  const insert = define((at: Places<{ session: AuthSession }>) => [db.insertInto('authSession').values(at.session)])
  const take = define((at: Places<{ hash: string; now: number }>) => [
    db
      .deleteFrom('authSession')
      .where('hash', '=', at.hash)
      .where('expiresAt', '>', at.now)
      .returning(['hash', 'clientId', 'codeChallenge', 'scope', 'resource', 'nonce', 'failures', 'expiresAt']),
  ])

  return {
    async insert({ hash, clientId, codeChallenge, scope, resource, nonce, failures, expiresAt }) {
      await insert({ session: { hash, clientId, codeChallenge, scope, resource, nonce, failures, expiresAt } })
    },
    async take(hash, now) {
      const [[session]] = await take({ hash, now })
      return session
    },
  }
}
