/** APIs (audiences that tokens are for) in SQL, and all that ends with one. */

import { sql } from 'kysely'
import type { Compilable, Expression, RawBuilder, SqlBool } from 'kysely'
import type { Api, ApiSecret, ApiStore } from '../records.ts'
import { appendIf, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists, insertIf } from './conditions.ts'
import { endOfGrant, revokeGrants } from './grant-rows.ts'
import type { Stored } from './tables.ts'

type ApiRow = Stored<Api>
/** `quoted`: the audience as it stands in the lists of clients. */
type Ending = { audience: string; quoted: string; at: number; endsAt: number; event: EventRow }

export function sqlApis({ db, define }: Batches): ApiStore {
  const records = db
    .selectFrom('api')
    .select(['audience', 'name', 'scopes', 'alg', 'singleUseScopes', 'sessionKeys', 'createdAt'])
  const byAudience = (audience: Expression<string>) => records.where('audience', '=', audience)
  /** Whether this very call has made the API, or changed it. */
  const isByThis = (at: Places<{ audience: string; event: EventRow }>) =>
    exists(byAudience(at.audience).where('createdBy', '=', at.event.id))
  const secrets = db.selectFrom('apiSecret').select(['audience', 'version', 'sealedSecret', 'createdAt', 'activeAt'])

  /** Ends what names the audience, if the condition holds. Goes through all that lives: no sign-in pays for an index on it. */
  const endAll = (
    at: Places<Ending>,
    condition: Expression<SqlBool>,
  ): readonly [Compilable<{ id: string }>, Compilable<{ id: string }>, Compilable] => [
    revokeGrants(db, at).where('resource', '=', at.audience).where(condition).returning('id'),
    db
      .updateTable('client')
      .set({ audiences: without('audiences', at.quoted), serves: without('serves', at.quoted) })
      .where(sql<SqlBool>`(${has('audiences', at.quoted)} or ${has('serves', at.quoted)})`)
      .where(condition)
      .returning('id'),
    db.deleteFrom('apiSecret').where('audience', '=', at.audience).where(condition),
  ]

  const insert = define((at: Places<Ending & { api: ApiRow & { createdBy: string } }>) => [
    db
      .insertInto('api')
      .values(at.api)
      .onConflict((conflict) => conflict.doNothing())
      .returning('audience'),
    appendIf(db, at.event, isByThis(at)),
    ...endAll(at, isByThis(at)),
  ])
  const find = define((at: Places<{ audience: string }>) => [byAudience(at.audience)])
  const list = define(() => [records.orderBy('audience')])
  const replace = define(
    (
      at: Places<{ audience: string; expected: ApiRow; replacement: ApiRow & { createdBy: string }; event: EventRow }>,
    ) => [
      db
        .updateTable('api')
        .set(at.replacement)
        .where('audience', '=', at.audience)
        .where('name', '=', at.expected.name)
        .where('scopes', '=', at.expected.scopes)
        .where('alg', '=', at.expected.alg)
        .where('singleUseScopes', '=', at.expected.singleUseScopes)
        .where('sessionKeys', '=', at.expected.sessionKeys)
        .where('createdAt', '=', at.expected.createdAt)
        .returning('audience'),
      appendIf(db, at.event, isByThis(at)),
      db
        .deleteFrom('apiSecret')
        .where('audience', '=', at.audience)
        .where(exists(byAudience(at.audience).where('createdBy', '=', at.event.id).where('sessionKeys', '=', 0))),
    ],
  )
  const remove = define((at: Places<Ending>) => [
    // Takes the row's lock where the database has row locks, so that of two deletions one is told.
    db.updateTable('api').set({ createdBy: at.event.id }).where('audience', '=', at.audience),
    appendIf(db, at.event, isByThis(at)),
    ...endAll(at, isByThis(at)),
    db.deleteFrom('api').where('audience', '=', at.audience).returning('audience'),
  ])

  const insertSecret = define((at: Places<{ secret: ApiSecret & { createdBy: string }; event: EventRow }>) => {
    const takesSecrets = byAudience(at.secret.audience).where('sessionKeys', '=', 1)
    const inserted = secrets
      .where('audience', '=', at.secret.audience)
      .where('version', '=', at.secret.version)
      .where('createdBy', '=', at.event.id)
    return [
      insertIf(db, 'apiSecret', at.secret, exists(takesSecrets))
        .onConflict((conflict) => conflict.doNothing())
        .returning('version'),
      appendIf(db, at.event, exists(inserted)),
      takesSecrets,
    ]
  })
  const listSecrets = define((at: Places<{ audience: string }>) => [
    secrets.where('audience', '=', at.audience).orderBy('version', 'desc'),
  ])

  return {
    async insert(api, event) {
      const row = { ...toApiRow(api), createdBy: event.id }
      const [inserted] = await insert({ api: row, ...toEnding(api.audience, api.createdAt), event: toEventRow(event) })
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
    async replace(expected, replacement, event) {
      const { audience } = expected
      const [replaced] = await replace({
        ...{ audience, expected: toApiRow(expected), event: toEventRow(event) },
        replacement: { ...toApiRow({ ...replacement, audience }), createdBy: event.id },
      })
      return replaced.length === 1 ? 'replaced' : 'lost'
    },
    async delete(audience, at, event) {
      const [, told, grants, clients] = await remove({ ...toEnding(audience, at), event: toEventRow(event) })
      return told.length === 1 ? { grants: grants.length, clients: clients.map(({ id }) => id) } : undefined
    },
    async insertSecret({ audience, version, sealedSecret, createdAt, activeAt }, event) {
      const secret = { audience, version, sealedSecret, createdAt, activeAt, createdBy: event.id }
      const [inserted, , takesSecrets] = await insertSecret({ secret, event: toEventRow(event) })
      if (inserted.length === 1) return 'inserted'
      return takesSecrets.length === 1 ? 'taken' : 'refused'
    },
    async listSecrets(audience) {
      const [rows] = await listSecrets({ audience })
      return rows
    },
  }
}

function toEnding(audience: string, at: number): Omit<Ending, 'event'> {
  return { audience, quoted: JSON.stringify(audience), at, endsAt: endOfGrant(at) }
}

type ListColumn = 'audiences' | 'serves'

/** Lists are JSON text without spaces, and no audience holds a quotation mark or a backslash. */
function has(column: ListColumn, quoted: Expression<string>): RawBuilder<SqlBool> {
  return sql`replace(${sql.ref(column)}, ${quoted}, '') <> ${sql.ref(column)}`
}

function without(column: ListColumn, quoted: Expression<string>): RawBuilder<string> {
  const later = sql`replace(${sql.ref(column)}, ',' || ${quoted}, '')`
  const first = sql`replace(${later}, ${quoted} || ',', '')`
  return sql`replace(${first}, ${quoted}, '')`
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
