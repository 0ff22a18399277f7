/** Roles in SQL. Which user has which is in the user's own row. */

import { sql } from 'kysely'
import type { SqlBool } from 'kysely'
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
  // Written anew at each call: how many roles were seen differs.
  const remove = (seen: readonly string[]) =>
    define((at: Places<{ name: string; event: EventRow }>) => {
      const present = db
        .selectFrom('role')
        .select((eb) => eb.fn.countAll().as('count'))
        // An empty list is no SQL; no role has an empty text.
        .where(sql<string>`${sql.ref('name')} || ' ' || ${sql.ref('scopes')}`, 'in', ['', ...seen])
      const isAsSeen = sql<SqlBool>`${present} = ${seen.length}`
      return [
        // Takes the locks of all rows where the database has row locks: of two deletions that judge by each other's role,
        // the second looks when the first is done; and of two of the same role one is told.
        db.updateTable('role').set((eb) => ({ createdBy: eb.ref('createdBy') })),
        appendIf(db, at.event, exists(byName(at.name).where(isAsSeen))),
        db.deleteFrom('role').where('name', '=', at.name).where(isAsSeen).returning('name'),
        byName(at.name),
      ]
    })

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
    async delete(name, event, seen = []) {
      const texts = seen.map((role) => `${role.name} ${JSON.stringify(role.scopes)}`)
      const [, , deleted, kept] = await remove(texts)({ name, event: toEventRow(event) })
      if (deleted.length === 1) return 'deleted'
      return kept.length === 1 ? 'changed' : 'unknown'
    },
  }
}
