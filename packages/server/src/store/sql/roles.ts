/** Roles in SQL. Which user has which is in the user's own row. */

import type { Role, RoleStore } from '../records.ts'
import { appendIf, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'
import type { Stored } from './tables.ts'

type RoleRow = Stored<Role>

export function sqlRoles({ db, define }: Batches): RoleStore {
  const byName = (name: Places<{ name: string }>['name']) =>
    db.selectFrom('role').select('name').where('name', '=', name)

  const insert = define((at: Places<{ role: RoleRow & { createdBy: string }; event: EventRow }>) => [
    db
      .insertInto('role')
      .values(at.role)
      .onConflict((conflict) => conflict.doNothing())
      .returning('name'),
    appendIf(db, at.event, exists(byName(at.role.name).where('createdBy', '=', at.event.id))),
  ])
  const list = define(() => [db.selectFrom('role').select(['name', 'scopes', 'createdAt']).orderBy('name')])
  const remove = define((at: Places<{ name: string; event: EventRow }>) => [
    // Takes the row's lock where the database has row locks, so that of two deletions one is told.
    db.updateTable('role').set({ createdBy: at.event.id }).where('name', '=', at.name),
    appendIf(db, at.event, exists(byName(at.name))),
    db.deleteFrom('role').where('name', '=', at.name).returning('name'),
  ])

  return {
    async insert({ name, scopes, createdAt }, event) {
      const role = { name, scopes: JSON.stringify(scopes), createdAt, createdBy: event.id }
      const [inserted] = await insert({ role, event: toEventRow(event) })
      return inserted.length === 1 ? 'inserted' : 'taken'
    },
    async list() {
      const [rows] = await list({})
      return rows.map((row) => ({ ...row, scopes: JSON.parse(row.scopes) as Role['scopes'] }))
    },
    async delete(name, event) {
      const [, , deleted] = await remove({ name, event: toEventRow(event) })
      return deleted.length === 1
    },
  }
}
