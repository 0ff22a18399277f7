/** The audit trail in SQL, and the query by which other records append to it within their own batch. */

import { sql } from 'kysely'
import type { Compilable, Expression, SqlBool } from 'kysely'
import type { AuditEvent, AuditStore, RefusalCount } from '../records.ts'
import type { Value } from '../executor.ts'
import type { Batches, Places } from './batches.ts'
import { exists, insertIf } from './conditions.ts'
import type { Stored } from './tables.ts'

export type EventRow = Stored<AuditEvent>

export function toEventRow(event: AuditEvent): EventRow {
  const { id, at, type, actor, userId, clientId, grantId, address, detail } = event
  return { id, at, type, actor, userId, clientId, grantId, address, detail: JSON.stringify(detail) }
}

/** Appends an event if the condition holds, so that what did not happen is not told. */
export function appendIf(
  db: Batches['db'],
  event: Readonly<Record<keyof EventRow, Expression<Value>>>,
  condition: Expression<SqlBool>,
): Compilable<{ id: string }> {
  return insertIf(db, 'auditEvent', event, condition).returning('id')
}

/** Appends an event about a grant that this very batch has revoked, and fills in whose it was. */
export function appendRevocation(
  db: Batches['db'],
  event: Places<EventRow>,
  grantId: Expression<string>,
): Compilable<{ id: string }> {
  const grant = db.selectFrom('oauthGrant').where('id', '=', grantId)
  const whose = {
    userId: grant.select('userId').$asScalar(),
    clientId: grant.select('clientId').$asScalar(),
    grantId: grant.select('id').$asScalar(),
  }
  return appendIf(db, { ...event, ...whose }, exists(grant.select('id').where('revokedBy', '=', event.id)))
}

/** How much is deleted at once, so that nothing else waits long for the database. */
const portion = 500

export function sqlAudit({ db, define, run }: Batches): AuditStore {
  const append = define((at: Places<{ event: EventRow }>) => [db.insertInto('auditEvent').values(at.event)])

  const listAfter = define((at: Places<{ after: string; limit: number }>) => [
    db.selectFrom('auditEvent').selectAll().where('id', '>', at.after).orderBy('id').limit(at.limit),
  ])

  const listNewest = define((at: Places<{ after: string; limit: number }>) => [
    db.selectFrom('auditEvent').selectAll().where('id', '>', at.after).orderBy('id', 'desc').limit(at.limit),
  ])

  const countRefusal = define((at: Places<Stored<RefusalCount>>) => [
    db
      .insertInto('refusalCount')
      .values(at)
      .onConflict((conflict) =>
        conflict
          .columns(['minute', 'reason'])
          .doUpdateSet({ count: sql`${sql.ref('refusalCount.count')} + ${sql.ref('excluded.count')}` }),
      ),
  ])

  const listRefusals = define((at: Places<{ since: number }>) => [
    db.selectFrom('refusalCount').selectAll().where('minute', '>=', at.since).orderBy('minute').orderBy('reason'),
  ])

  const deleteEvents = define((at: Places<{ before: string }>) => {
    const oldest = db.selectFrom('auditEvent').select('id').where('id', '<', at.before).orderBy('id').limit(portion)
    return [db.deleteFrom('auditEvent').where('id', 'in', oldest).returning('id')]
  })

  const deleteRefusals = define((at: Places<{ before: number }>) => {
    // A minute has one row for each reason, and goes with all of them.
    const oldest = db.selectFrom('refusalCount').select('minute').where('minute', '<', at.before)
    const minutes = oldest.orderBy('minute').limit(portion)
    return [db.deleteFrom('refusalCount').where('minute', 'in', minutes).returning('minute')]
  })

  return {
    async appendAll(events) {
      if (events.length > 0) await run(events.flatMap((event) => append.bind({ event: toEventRow(event) })))
    },
    async list({ after = '', limit, newest = false }) {
      const [rows] = await (newest ? listNewest : listAfter)({ after, limit })
      const events = rows.map((row): AuditEvent => ({ ...row, detail: JSON.parse(row.detail) as AuditEvent['detail'] }))
      return newest ? events.reverse() : events
    },
    async countRefusals(counts) {
      if (counts.length > 0)
        await run(counts.flatMap(({ minute, reason, count }) => countRefusal.bind({ minute, reason, count })))
    },
    async listRefusals(since) {
      const [rows] = await listRefusals({ since })
      return rows
    },
    async deleteEventsBefore(id) {
      const [deleted] = await deleteEvents({ before: id })
      return deleted.length
    },
    async deleteRefusalsBefore(minute) {
      const [deleted] = await deleteRefusals({ before: minute })
      return deleted.length
    },
  }
}
