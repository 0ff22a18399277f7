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
    .select(['id', 'username', 'email', 'passwordHash', 'roles', 'createdAt', 'disabledAt'])

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
  const enable = define((at: Ending) => [
    // The event stays as its mark: of two at once, one finds the user enabled already.
    db
      .updateTable('userAccount')
      .set({ disabledAt: null, disabledBy: at.event.id })
      .where('id', '=', at.id)
      .where('disabledAt', 'is not', null)
      .returning('id'),
    appendIf(db, at.event, exists(byId(at.id).where('disabledBy', '=', at.event.id))),
    // Disabling revoked them all, but for one that was made in the same moment, which must not come alive now.
    revokeGrants(db, at)
      .where('userId', '=', at.id)
      .where(exists(byId(at.id).where('disabledBy', '=', at.event.id))),
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
  const changePassword = define((at: Ending & Places<{ passwordHash: string }>) => [
    db.updateTable('userAccount').set({ passwordHash: at.passwordHash }).where('id', '=', at.id).returning('id'),
    appendIf(db, at.event, exists(byId(at.id))),
    revokeGrants(db, at).where('userId', '=', at.id),
  ])
  const setRoles = define((at: Places<{ id: string; roles: string; event: EventRow }>) => [
    db.updateTable('userAccount').set({ roles: at.roles }).where('id', '=', at.id).returning('id'),
    appendIf(db, at.event, exists(byId(at.id))),
  ])

  return {
    async insert({ id, username, email, passwordHash, roles, createdAt, disabledAt }, event) {
      const user = { id, username, email, passwordHash, roles: JSON.stringify(roles), createdAt, disabledAt }
      const own = { usernameKey: usernameKey(username), createdBy: event.id }
      const [inserted] = await insert({ user: { ...user, ...own }, event: toEventRow(event) })
      return inserted.length === 1 ? 'inserted' : 'taken'
    },
    async find(id) {
      const [[row]] = await find({ id })
      return row && toUser(row)
    },
    async findByUsername(username) {
      const [[row]] = await findByKey({ key: usernameKey(username) })
      return row && toUser(row)
    },
    async list({ after = '', limit }) {
      const [rows] = await list({ after, limit })
      return rows.map(toUser)
    },
    async disable(id, at, event) {
      const [disabled] = await disable({ id, at, endsAt: endOfGrant(at), event: toEventRow(event) })
      return disabled.length === 1
    },
    async enable(id, at, event) {
      const [enabled] = await enable({ id, at, endsAt: endOfGrant(at), event: toEventRow(event) })
      return enabled.length === 1
    },
    async delete(id, at, event) {
      const [, , , deleted] = await remove({ id, at, endsAt: endOfGrant(at), event: toEventRow(event) })
      return deleted.length === 1
    },
    async replacePasswordHash(id, expected, replacement) {
      const [replaced] = await replacePasswordHash({ id, expected, replacement })
      return replaced.length === 1
    },
    async changePassword(id, passwordHash, at, event) {
      const values = { id, passwordHash, at, endsAt: endOfGrant(at), event: toEventRow(event) }
      const [changed] = await changePassword(values)
      return changed.length === 1
    },
    async setRoles(id, roles, event) {
      const [changed] = await setRoles({ id, roles: JSON.stringify(roles), event: toEventRow(event) })
      return changed.length === 1
    },
  }
}

function toUser(row: Stored<User>): User {
  return { ...row, roles: JSON.parse(row.roles) as string[] }
}
