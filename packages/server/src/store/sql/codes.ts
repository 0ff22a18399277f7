/** Authorization codes in SQL: the races between issuing, redeeming, replaying and revoking are decided here. */

import { randomUUID } from 'node:crypto'
import type { AuthorizationCode, GrantStore } from '../records.ts'
import { appendIf, appendRevocation, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists, insertIf, isClient, isLiveGrant, isLiveUser } from './conditions.ts'
import { endOfGrant, revokeGrants, selectGrants, toGrant, toGrantRow } from './grant-rows.ts'
import type { GrantRow } from './grant-rows.ts'

export function sqlCodes({ db, define }: Batches): Pick<GrantStore, 'issueCode' | 'redeemCode'> {
  const code = (hash: Places<{ hash: string }>['hash']) => db.selectFrom('authorizationCode').where('hash', '=', hash)

  type Issue = { grant: GrantRow & { endsAt: number }; code: AuthorizationCode; event: EventRow }
  const issue = define((at: Places<Issue>) => {
    // The id of a grant is new: if it is there, this call has written it.
    const isIssued = exists(selectGrants(db).where('id', '=', at.grant.id))
    return [
      insertIf(
        db,
        'oauthGrant',
        at.grant,
        isClient(db, at.grant.clientId).and(isLiveUser(db, at.grant.userId)),
      ).returning('id'),
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
        .returning(['hash', 'grantId', 'clientId', 'codeChallenge', 'nonce', 'expiresAt']),
      revokeGrants(db, at).where('id', '=', spentByAnother),
      appendRevocation(db, at.event, spentByAnother.$asScalar()),
      selectGrants(db).where('id', '=', code(at.hash).select('grantId')),
      spentByAnother,
    ]
  })

  return {
    async issueCode(grant, { hash, grantId, clientId, codeChallenge, nonce, expiresAt }, event) {
      const [issued] = await issue({
        grant: { ...toGrantRow(grant), endsAt: endOfGrant(expiresAt) },
        code: { hash, grantId, clientId, codeChallenge, nonce, expiresAt },
        event: toEventRow(event),
      })
      return issued.length === 1 ? 'issued' : 'refused'
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
