/** APIs (audiences that tokens are for) in SQL. */

import type { Api, ApiSecret, ApiStore } from '../records.ts'
import { appendIf, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'
import type { Stored } from './tables.ts'

type ApiRow = Stored<Api>

export function sqlApis({ db, define }: Batches): ApiStore {
  const records = db
    .selectFrom('api')
    .select(['audience', 'name', 'scopes', 'alg', 'singleUseScopes', 'sessionKeys', 'createdAt'])

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
  const secrets = db.selectFrom('apiSecret').select(['audience', 'version', 'sealedSecret', 'createdAt', 'activeAt'])
  const insertSecret = define((at: Places<{ secret: ApiSecret & { createdBy: string }; event: EventRow }>) => [
    db
      .insertInto('apiSecret')
      .values(at.secret)
      .onConflict((conflict) => conflict.doNothing())
      .returning('version'),
    appendIf(
      db,
      at.event,
      exists(
        secrets
          .where('audience', '=', at.secret.audience)
          .where('version', '=', at.secret.version)
          .where('createdBy', '=', at.event.id),
      ),
    ),
  ])
  const listSecrets = define((at: Places<{ audience: string }>) => [
    secrets.where('audience', '=', at.audience).orderBy('version', 'desc'),
  ])

  return {
    async insert(api, event) {
      const [inserted] = await insert({ api: { ...toApiRow(api), createdBy: event.id }, event: toEventRow(event) })
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
    async insertSecret({ audience, version, sealedSecret, createdAt, activeAt }, event) {
      const secret = { audience, version, sealedSecret, createdAt, activeAt, createdBy: event.id }
      const [inserted] = await insertSecret({ secret, event: toEventRow(event) })
      return inserted.length === 1 ? 'inserted' : 'taken'
    },
    async listSecrets(audience) {
      const [rows] = await listSecrets({ audience })
      return rows
    },
  }
}

function toApiRow({ audience, name, scopes, alg, singleUseScopes, sessionKeys, createdAt }: Api): ApiRow {
  return {
    ...{ audience, name, alg, createdAt },
    scopes: JSON.stringify(scopes),
    singleUseScopes: JSON.stringify(singleUseScopes),
    sessionKeys: sessionKeys ? 1 : 0,
  }
}

function toApi(row: ApiRow): Api {
  return {
    ...row,
    scopes: JSON.parse(row.scopes) as string[],
    singleUseScopes: JSON.parse(row.singleUseScopes) as string[],
    sessionKeys: row.sessionKeys === 1,
  }
}
