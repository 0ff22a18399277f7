/** Authorization codes in SQL: the races between issuing, redeeming, replaying and revoking are decided here. */

import { randomUUID } from 'node:crypto'
import type { AuthorizationCode, GrantStore } from '../records.ts'
import { appendIf, appendRevocation, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists, insertIf, isApiOrIssuer, isClient, isLiveGrant, isLiveUser } from './conditions.ts'
import {
  endOfGrant,
  hasTakenStatusIndex,
  issueOutcome,
  revokeGrants,
  selectGrants,
  toGrant,
  toGrantRow,
} from './grant-rows.ts'
import type { GrantRow } from './grant-rows.ts'

export function sqlCodes({ db, define }: Batches): Pick<GrantStore, 'issueCode' | 'redeemCode'> {
  const code = (hash: Places<{ hash: string }>['hash']) => db.selectFrom('authorizationCode').where('hash', '=', hash)

  type Issue = {
    grant: GrantRow & { endsAt: number }
    code: AuthorizationCode
    /** Null: whichever it is. */
    verifiedPasswordHash: string | null
    event: EventRow
  }
  const issue = define((at: Places<Issue>) => {
    // The id of a grant is new: if it is there, this call has written it.
    const isIssued = exists(selectGrants(db).where('id', '=', at.grant.id))
    const hasVerifiedPassword = exists(
      db
        .selectFrom('userAccount')
        .select('id')
        .where('id', '=', at.grant.userId)
        .where((eb) => eb('passwordHash', '=', eb.fn.coalesce(at.verifiedPasswordHash, 'passwordHash'))),
    )
    return [
      // Takes the row's lock where the database has row locks: a change of the password waits until the grant is there
      // to be revoked, or is waited for and seen.
      db
        .updateTable('userAccount')
        .set((eb) => ({ passwordHash: eb.ref('passwordHash') }))
        .where('id', '=', at.grant.userId),
      insertIf(
        db,
        'oauthGrant',
        at.grant,
        isClient(db, at.grant.clientId)
          .and(isApiOrIssuer(db, at.grant.resource))
          .and(isLiveUser(db, at.grant.userId))
          .and(hasVerifiedPassword),
      )
        .onConflict((conflict) => conflict.column('statusIndex').doNothing())
        .returning('id'),
      hasTakenStatusIndex(db, at.grant),
      insertIf(db, 'authorizationCode', at.code, isIssued),
      appendIf(db, at.event, isIssued),
    ]
  })

  type Redeem = { hash: string; attempt: string; at: number; endsAt: number; event: EventRow }
  const redeem = define((at: Places<Redeem>) => {
    const spentByAnother = code(at.hash).select('grantId').where('spentBy', '<>', at.attempt)
    return [
      db
        .updateTable('authorizationCode')
        .set({ spentAt: at.at, spentBy: at.attempt })
        .where('hash', '=', at.hash)
        .where('spentAt', 'is', null)
        .where('expiresAt', '>', at.at)
        .where((eb) => isLiveGrant(db, eb.ref('authorizationCode.grantId')))
        .returning(['hash', 'grantId', 'clientId', 'codeChallenge', 'nonce', 'dpopJkt', 'expiresAt']),
      revokeGrants(db, at).where('id', '=', spentByAnother),
      appendRevocation(db, at.event, spentByAnother.$asScalar()),
      selectGrants(db).where('id', '=', code(at.hash).select('grantId')),
      spentByAnother,
    ]
  })

  return {
    async issueCode(grant, { hash, grantId, clientId, codeChallenge, nonce, dpopJkt, expiresAt }, event, verified) {
      const [, issued, taken] = await issue({
        grant: { ...toGrantRow(grant), endsAt: endOfGrant(expiresAt) },
        code: { hash, grantId, clientId, codeChallenge, nonce, dpopJkt, expiresAt },
        verifiedPasswordHash: verified ?? null,
        event: toEventRow(event),
      })
      return issueOutcome(issued, taken)
    },
    async redeemCode(hash, now, reused) {
      const event = toEventRow(reused)
      const [[won], , , [grant], [lost]] = await redeem({
        ...{ hash, attempt: randomUUID(), at: now, endsAt: endOfGrant(now), event },
      })
      if (won !== undefined && grant !== undefined) return { status: 'redeemed', code: won, grant: toGrant(grant) }
      if (lost !== undefined) return { status: 'replayed', grantId: lost.grantId }
      return { status: 'unknown' }
    },
  }
}
