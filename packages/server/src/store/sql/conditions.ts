/** Conditions that several records ask: what exists, and what is alive. */

import { expressionBuilder } from 'kysely'
import type { Expression, ExpressionWrapper, Kysely, SelectQueryBuilder, SqlBool } from 'kysely'
import type { Tables } from './tables.ts'

type Condition = ExpressionWrapper<Tables, never, SqlBool>

const eb = expressionBuilder<Tables>()

export function exists(query: Expression<unknown>): Condition {
  return eb.exists(query as SelectQueryBuilder<Tables, never, unknown>)
}

/** A user who may act: neither deleted nor disabled. */
export function isLiveUser(db: Kysely<Tables>, id: Expression<string | null>): Condition {
  return exists(db.selectFrom('userAccount').select('id').where('userAccount.id', '=', id).where('disabledAt', 'is', null))
}

export function isClient(db: Kysely<Tables>, id: Expression<string>): Condition {
  return exists(db.selectFrom('client').select('id').where('client.id', '=', id))
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
      .where(({ ref }) => isClient(db, ref('g.clientId')))
      .where((g) => g.or([g('g.userId', 'is', null), isLiveUser(db, g.ref('g.userId'))])),
  )
}
