/** Users in SQL. Passwords are hashed elsewhere. */

import type { User, UserStore } from '../records.ts'
import { usernameKey } from '../username-key.ts'
import { appendIf, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'
import { endOfGrant, revokeGrants } from './grant-rows.ts'
import type { Stored } from './tables.ts'

type NewUser = Stored<User> & { usernameKey: string; createdBy: string }
type Ending = Places<{ id: string; at: number; endsAt: number; event: EventRow }>

export function sqlUsers({ db, define }: Batches): UserStore {
  const byId = (id: Ending['id']) => db.selectFrom('userAccount').select('id').where('id', '=', id)
  const record = db
    .selectFrom('userAccount')
    .select(['id', 'username', 'email', 'passwordHash', 'createdAt', 'disabledAt'])

  const insert = define((at: Places<{ user: NewUser; event: EventRow }>) => [
    db
      .insertInto('userAccount')
      .values(at.user)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id'),
    appendIf(db, at.event, exists(byId(at.user.id).where('createdBy', '=', at.event.id))),
  ])
  const find = define((at: Places<{ id: string }>) => [record.where('id', '=', at.id)])
  const findByKey = define((at: Places<{ key: string }>) => [record.where('usernameKey', '=', at.key)])
  const list = define((at: Places<{ after: string; limit: number }>) => [
    record.where('id', '>', at.after).orderBy('id').limit(at.limit),
  ])

  const disable = define((at: Ending) => [
    db
      .updateTable('userAccount')
      .set({ disabledAt: at.at, disabledBy: at.event.id })
      .where('id', '=', at.id)
      .where('disabledAt', 'is', null)
      .returning('id'),
    appendIf(db, at.event, exists(byId(at.id).where('disabledBy', '=', at.event.id))),
    revokeGrants(db, at).where('userId', '=', at.id),
  ])
  const remove = define((at: Ending) => [
    // Takes the row's lock where the database has row locks, so that of two deletions one is told.
    db.updateTable('userAccount').set({ disabledBy: at.event.id }).where('id', '=', at.id),
    appendIf(db, at.event, exists(byId(at.id))),
    revokeGrants(db, at).where('userId', '=', at.id),
    db.deleteFrom('userAccount').where('id', '=', at.id).returning('id'),
  ])
  const replacePasswordHash = define((at: Places<{ id: string; expected: string; replacement: string }>) => [
    db
      .updateTable('userAccount')
      .set({ passwordHash: at.replacement })
      .where('id', '=', at.id)
      .where('passwordHash', '=', at.expected)
      .returning('id'),
  ])

  return {
    async insert({ id, username, email, passwordHash, createdAt, disabledAt }, event) {
      const key = usernameKey(username)
      const user = { id, username, usernameKey: key, email, passwordHash, createdAt, createdBy: event.id, disabledAt }
      const [inserted] = await insert({ user, event: toEventRow(event) })
      return inserted.length === 1 ? 'inserted' : 'taken'
    },
    async find(id) {
      const [[user]] = await find({ id })
      return user
    },
    async findByUsername(username) {
      const [[user]] = await findByKey({ key: usernameKey(username) })
      return user
    },
    async list({ after = '', limit }) {
      const [users] = await list({ after, limit })
      return users
    },
    async disable(id, at, event) {
      const [disabled] = await disable({ id, at, endsAt: endOfGrant(at), event: toEventRow(event) })
      return disabled.length === 1
    },
    async delete(id, at, event) {
      const [, , , deleted] = await remove({ id, at, endsAt: endOfGrant(at), event: toEventRow(event) })
      return deleted.length === 1
    },
    async replacePasswordHash(id, expected, replacement) {
      const [replaced] = await replacePasswordHash({ id, expected, replacement })
      return replaced.length === 1
    },
  }
}
