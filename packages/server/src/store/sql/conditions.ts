/** Conditions that several records ask (what exists, what is alive), and the insertion that depends on one. */

import { expressionBuilder, sql } from 'kysely'
import type {
  Expression,
  ExpressionWrapper,
  InsertQueryBuilder,
  InsertResult,
  Kysely,
  SelectQueryBuilder,
  SqlBool,
} from 'kysely'
import type { Value } from '../executor.ts'
import type { Tables } from './tables.ts'

type Condition = ExpressionWrapper<Tables, never, SqlBool>

const eb = expressionBuilder<Tables>()

export function exists(query: Expression<unknown>): Condition {
  return eb.exists(query as SelectQueryBuilder<Tables, never, unknown>)
}

/** A user who may act: neither deleted nor disabled. */
export function isLiveUser(db: Kysely<Tables>, id: Expression<string | null>): Condition {
  return exists(
    db.selectFrom('userAccount').select('id').where('userAccount.id', '=', id).where('disabledAt', 'is', null),
  )
}

export function isClient(db: Kysely<Tables>, id: Expression<string>): Condition {
  return exists(db.selectFrom('client').select('id').where('client.id', '=', id))
}

/** The API that a grant is for; true for the issuer itself, which is none. */
export function isApiOrIssuer(db: Kysely<Tables>, resource: Expression<string | null>): Condition {
  return eb.or([
    eb(resource, 'is', null),
    exists(db.selectFrom('api').select('audience').where('api.audience', '=', resource)),
  ])
}

/**
 * A grant that is not revoked, whose client exists and whose user, if it has one, may act. Disabling and deleting
 * revoke grants as well; this also catches the grant that is made in the same moment.
 */
export function isLiveGrant(db: Kysely<Tables>, id: Expression<string>): Condition {
  return exists(
    db
      .selectFrom('oauthGrant as g')
      .select('g.id')
      .where('g.id', '=', id)
      .where('g.revokedAt', 'is', null)
      .where((g) => isClient(db, g.ref('g.clientId')))
      .where((g) => g.or([g('g.userId', 'is', null), isLiveUser(db, g.ref('g.userId'))])),
  )
}

/** Inserts a row if the condition holds. */
export function insertIf<T extends keyof Tables>(
  db: Kysely<Tables>,
  table: T,
  row: Readonly<Record<string, Expression<Value>>>,
  condition: Expression<SqlBool>,
): InsertQueryBuilder<Tables, T, InsertResult> {
  return db
    .insertInto(table)
    .columns(Object.keys(row) as never)
    .expression(sql`select ${sql.join(Object.values(row))} where ${condition}`)
}
