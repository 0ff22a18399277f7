/**
 * Refresh tokens in SQL: issued with the tokens of a grant, rotated at every use; a lost answer may be retried once; any
 * other reuse ends the family.
 */

import { randomUUID } from 'node:crypto'
import type { Expression } from 'kysely'
import { refreshRetrySeconds } from '../records.ts'
import type { GrantStore, RefreshToken } from '../records.ts'
import { appendIf, appendRevocation, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists, insertIf, isLiveGrant } from './conditions.ts'
import { endOfGrant, revokeGrants, selectGrants, toGrant } from './grant-rows.ts'

type RefreshTokens = Pick<GrantStore, 'issueTokens' | 'findRefreshToken' | 'rotateRefreshToken'>

interface Issue {
  readonly grantId: string
  readonly event: EventRow
}

interface Rotation {
  readonly hash: string
  readonly successor: RefreshToken
  readonly attempt: string
  readonly at: number
  /** A use since then may be retried; null: none may. */
  readonly retryFrom: number | null
  /** When the grant ends if it is revoked now, and when if it goes on. */
  readonly endsAt: number
  readonly nextEndsAt: number
  readonly issued: EventRow
  readonly retried: EventRow
  readonly event: EventRow
}

export function sqlRefreshTokens({ db, define }: Batches): RefreshTokens {
  const token = (hash: Expression<string>) => db.selectFrom('refreshToken').where('hash', '=', hash)
  const moveEnd = (grantId: Expression<string>, endsAt: Expression<number>) =>
    db.updateTable('oauthGrant').set({ endsAt }).where('id', '=', grantId).where('endsAt', '<', endsAt)

  const issue = define((at: Places<Issue>) => [appendIf(db, at.event, isLiveGrant(db, at.grantId))])
  const issueWithRefresh = define((at: Places<Issue & { token: RefreshToken; endsAt: number }>) => [
    appendIf(db, at.event, isLiveGrant(db, at.grantId)),
    insertIf(db, 'refreshToken', at.token, isLiveGrant(db, at.grantId)),
    moveEnd(at.grantId, at.endsAt).where('revokedAt', 'is', null),
  ])

  const find = define((at: Places<{ hash: string }>) => [
    token(at.hash).select(['hash', 'grantId', 'clientId', 'jkt', 'expiresAt', 'familyExpiresAt', 'spentAt']),
    selectGrants(db).where('id', '=', token(at.hash).select('grantId')),
  ])

  const rotate = define((at: Places<Rotation>) => {
    const isUnspent = (hash: Expression<string | null>) =>
      exists(
        db.selectFrom('refreshToken as s').select('s.hash').where('s.hash', '=', hash).where('s.spentAt', 'is', null),
      )
    const usedByThis = exists(token(at.hash).select('hash').where('spentBy', '=', at.attempt))
    // Both marks: where rows are locked one by one, the successor may have been used since the first was set.
    const replacedByThis = token(at.hash).select('successorHash').where('retriedBy', '=', at.attempt)
    const retriedByThis = exists(
      db.selectFrom('refreshToken').select('hash').where('hash', '=', replacedByThis).where('spentBy', '=', at.attempt),
    )
    const wonByThis = usedByThis.or(retriedByThis)
    const reusedGrant = token(at.hash)
      .select('grantId')
      .where('clientId', '=', at.successor.clientId)
      .where('spentBy', '<>', at.attempt)
      .where((eb) => eb.not(retriedByThis))
    return [
      db
        .updateTable('refreshToken')
        .set({ spentAt: at.at, spentBy: at.attempt, successorHash: at.successor.hash })
        .where('hash', '=', at.hash)
        .where('clientId', '=', at.successor.clientId)
        .where('grantId', '=', at.successor.grantId)
        .where('spentAt', 'is', null)
        .where('expiresAt', '>', at.at)
        .where('familyExpiresAt', '>', at.at)
        .where(isLiveGrant(db, at.successor.grantId))
        .returning('hash'),
      db
        .updateTable('refreshToken')
        .set({ retriedBy: at.attempt })
        .where('hash', '=', at.hash)
        .where('clientId', '=', at.successor.clientId)
        .where('grantId', '=', at.successor.grantId)
        .where('spentBy', '<>', at.attempt)
        .where('spentAt', '>=', at.retryFrom)
        .where('retriedBy', 'is', null)
        .where('expiresAt', '>', at.at)
        .where('familyExpiresAt', '>', at.at)
        .where((eb) => isUnspent(eb.ref('refreshToken.successorHash')))
        .where(isLiveGrant(db, at.successor.grantId)),
      db
        .updateTable('refreshToken')
        .set({ spentAt: at.at, spentBy: at.attempt })
        .where('hash', '=', replacedByThis)
        .where('spentAt', 'is', null)
        .returning('hash'),
      insertIf(
        db,
        'refreshToken',
        { ...at.successor, familyExpiresAt: token(at.hash).select('familyExpiresAt').$asScalar() },
        wonByThis,
      ),
      moveEnd(at.successor.grantId, at.nextEndsAt).where(wonByThis),
      appendIf(db, at.issued, wonByThis),
      appendIf(db, at.retried, retriedByThis),
      revokeGrants(db, at).where('id', '=', reusedGrant),
      appendRevocation(db, at.event, reusedGrant.$asScalar()),
      reusedGrant,
    ]
  })

  return {
    async issueTokens(grantId, refresh, event) {
      const values = { grantId, event: toEventRow(event) }
      const [issued] =
        refresh === null
          ? await issue(values)
          : await issueWithRefresh({ ...values, token: toRow(refresh), endsAt: endOfGrant(refresh.expiresAt) })
      return issued.length === 1 ? 'issued' : 'revoked'
    },
    async findRefreshToken(hash) {
      const [[row], [grant]] = await find({ hash })
      if (row === undefined || grant === undefined) return undefined
      return { token: toRow(row), grant: toGrant(grant), spent: row.spentAt !== null }
    },
    async rotateRefreshToken({ hash, successor, now, mayRetry, issued, retried, reused }) {
      const [[used], , [replaced], , , , , , , [lost]] = await rotate({
        hash,
        successor: toRow(successor),
        attempt: randomUUID(),
        at: now,
        retryFrom: mayRetry ? now - refreshRetrySeconds : null,
        endsAt: endOfGrant(now),
        nextEndsAt: endOfGrant(successor.expiresAt),
        issued: toEventRow(issued),
        retried: toEventRow(retried),
        event: toEventRow(reused),
      })
      if (used !== undefined) return { status: 'rotated' }
      if (replaced !== undefined) return { status: 'retried' }
      return lost === undefined ? { status: 'unknown' } : { status: 'replayed', grantId: lost.grantId }
    },
  }
}

function toRow({ hash, grantId, clientId, jkt, expiresAt, familyExpiresAt }: RefreshToken): RefreshToken {
  return { hash, grantId, clientId, jkt, expiresAt, familyExpiresAt }
}
