/** APIs (audiences that tokens are for) in SQL. */

import type { Api, ApiStore } from '../records.ts'
import { appendIf, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'
import type { Stored } from './tables.ts'

type ApiRow = Stored<Api>

export function sqlApis({ db, define }: Batches): ApiStore {
  const records = db.selectFrom('api').select(['audience', 'name', 'scopes', 'alg', 'createdAt'])

  const insert = define((at: Places<{ api: ApiRow & { createdBy: string }; event: EventRow }>) => [
    db
      .insertInto('api')
      .values(at.api)
      .onConflict((conflict) => conflict.doNothing())
      .returning('audience'),
    appendIf(
      db,
      at.event,
      exists(records.where('audience', '=', at.api.audience).where('createdBy', '=', at.event.id)),
    ),
  ])
  const find = define((at: Places<{ audience: string }>) => [records.where('audience', '=', at.audience)])
  const list = define(() => [records.orderBy('audience')])

  return {
    async insert({ audience, name, scopes, alg, createdAt }, event) {
      const api = { audience, name, scopes: JSON.stringify(scopes), alg, createdAt, createdBy: event.id }
      const [inserted] = await insert({ api, event: toEventRow(event) })
      return inserted.length === 1 ? 'inserted' : 'taken'
    },
    async find(audience) {
      const [[row]] = await find({ audience })
      return row && toApi(row)
    },
    async list() {
      const [rows] = await list({})
      return rows.map(toApi)
    },
  }
}

function toApi(row: ApiRow): Api {
  return { ...row, scopes: JSON.parse(row.scopes) as string[] }
}
