/** Refresh tokens in SQL: issued with the tokens of a grant, rotated at every use; a reuse ends the family. */

import { randomUUID } from 'node:crypto'
import type { Expression } from 'kysely'
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
  /** When the grant ends if it is revoked now, and when if it goes on. */
  readonly endsAt: number
  readonly nextEndsAt: number
  readonly issued: EventRow
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
    token(at.hash).select(['hash', 'grantId', 'clientId', 'expiresAt', 'familyExpiresAt', 'spentAt']),
    selectGrants(db).where('id', '=', token(at.hash).select('grantId')),
  ])

  const rotate = define((at: Places<Rotation>) => {
    const spentByThis = token(at.hash).where('spentBy', '=', at.attempt)
    const spentByAnother = token(at.hash)
      .select('grantId')
      .where('clientId', '=', at.successor.clientId)
      .where('spentBy', '<>', at.attempt)
    return [
      db
        .updateTable('refreshToken')
        .set({ spentAt: at.at, spentBy: at.attempt })
        .where('hash', '=', at.hash)
        .where('clientId', '=', at.successor.clientId)
        .where('grantId', '=', at.successor.grantId)
        .where('spentAt', 'is', null)
        .where('expiresAt', '>', at.at)
        .where('familyExpiresAt', '>', at.at)
        .where(isLiveGrant(db, at.successor.grantId))
        .returning('hash'),
      insertIf(
        db,
        'refreshToken',
        { ...at.successor, familyExpiresAt: spentByThis.select('familyExpiresAt').$asScalar() },
        exists(spentByThis.select('hash')),
      ),
      moveEnd(at.successor.grantId, at.nextEndsAt).where(exists(spentByThis.select('hash'))),
      appendIf(db, at.issued, exists(spentByThis.select('hash'))),
      revokeGrants(db, at).where('id', '=', spentByAnother),
      appendRevocation(db, at.event, spentByAnother.$asScalar()),
      spentByAnother,
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
    async rotateRefreshToken(hash, successor, now, { issued, reused }) {
      const [[won], , , , , , [lost]] = await rotate({
        hash,
        successor: toRow(successor),
        attempt: randomUUID(),
        at: now,
        endsAt: endOfGrant(now),
        nextEndsAt: endOfGrant(successor.expiresAt),
        issued: toEventRow(issued),
        event: toEventRow(reused),
      })
      if (won !== undefined) return { status: 'rotated' }
      return lost === undefined ? { status: 'unknown' } : { status: 'replayed', grantId: lost.grantId }
    },
  }
}

function toRow({ hash, grantId, clientId, expiresAt, familyExpiresAt }: RefreshToken): RefreshToken {
  return { hash, grantId, clientId, expiresAt, familyExpiresAt }
}
