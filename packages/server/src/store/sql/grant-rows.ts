/** Rows of grants: to the record and back, and the queries that find and revoke them. */

import type { Compilable, SelectQueryBuilder, UpdateQueryBuilder, UpdateResult } from 'kysely'
import type { EpochSeconds } from '../../clock.ts'
import { longestAccessTokenSeconds } from '../records.ts'
import type { Grant, GrantIssue } from '../records.ts'
import type { Batches, Places } from './batches.ts'
import type { Stored, Tables } from './tables.ts'

export type GrantRow = Stored<Grant>

/** When a grant may be forgotten whose last code, refresh token or revocation ends or happens at `last`. */
export function endOfGrant(last: EpochSeconds): EpochSeconds {
  // Twice: the token that was bought at the last moment, and the clocks of those who check it.
  return last + 2 * longestAccessTokenSeconds
}

export function toGrantRow(grant: Grant): GrantRow {
  const { id, userId, clientId, scope, resource, authTime, acr, statusIndex, createdAt, revokedAt } = grant
  const amr = JSON.stringify(grant.amr)
  return { id, userId, clientId, scope, resource, authTime, amr, acr, statusIndex, createdAt, revokedAt }
}

export function toGrant(row: GrantRow): Grant {
  return { ...row, amr: JSON.parse(row.amr) as string[] }
}

export function selectGrants(db: Batches['db']): SelectQueryBuilder<Tables, 'oauthGrant', GrantRow> {
  const columns = [
    'id',
    'userId',
    'clientId',
    'scope',
    'resource',
    'authTime',
    'amr',
    'acr',
    'statusIndex',
    'createdAt',
    'revokedAt',
  ] as const
  return db.selectFrom('oauthGrant').select(columns.map((column) => `oauthGrant.${column}` as const))
}

/** Whoever else has the place of a grant that was not inserted. */
export function hasTakenStatusIndex(
  db: Batches['db'],
  grant: Places<Pick<GrantRow, 'id' | 'statusIndex'>>,
): Compilable<{ id: string }> {
  return selectGrants(db)
    .clearSelect()
    .select('id')
    .where('statusIndex', '=', grant.statusIndex)
    .where('id', '<>', grant.id)
}

export function issueOutcome(issued: readonly unknown[], taken: readonly unknown[]): GrantIssue {
  if (issued.length === 1) return 'issued'
  return taken.length === 1 ? 'status_index_taken' : 'refused'
}

/** Revokes what the caller's `where` names and is not revoked. `revokedBy` tells a later query that it was this call. */
export function revokeGrants(
  db: Batches['db'],
  at: Places<{ at: number; endsAt: number; event: { id: string } }>,
): UpdateQueryBuilder<Tables, 'oauthGrant', 'oauthGrant', UpdateResult> {
  return db
    .updateTable('oauthGrant')
    .set({ revokedAt: at.at, revokedBy: at.event.id, endsAt: at.endsAt })
    .where('revokedAt', 'is', null)
}
