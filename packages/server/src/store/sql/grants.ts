/** Grants in SQL. What hangs on them is in `codes.ts` and `refresh-tokens.ts`, which are revoked in `revocations.ts`. */

import type { GrantStore } from '../records.ts'
import { appendIf, appendRevocation, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { sqlCodes } from './codes.ts'
import { exists, insertIf, isApiOrIssuer, isClient, isLiveGrant } from './conditions.ts'
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
import { sqlRefreshTokens } from './refresh-tokens.ts'
import { sqlRevocations } from './revocations.ts'

export function sqlGrants(batches: Batches): GrantStore {
  const { db, define } = batches
  const byId = (id: Places<{ id: string }>['id']) => selectGrants(db).where('id', '=', id)

  const issue = define((at: Places<{ grant: GrantRow & { endsAt: number }; event: EventRow }>) => [
    insertIf(db, 'oauthGrant', at.grant, isClient(db, at.grant.clientId).and(isApiOrIssuer(db, at.grant.resource)))
      .onConflict((conflict) => conflict.column('statusIndex').doNothing())
      .returning('id'),
    hasTakenStatusIndex(db, at.grant),
    appendIf(db, at.event, exists(byId(at.grant.id))),
  ])
  const find = define((at: Places<{ id: string }>) => [
    byId(at.id).select((eb) => eb.case().when(isLiveGrant(db, at.id)).then(1).else(0).end().as('live')),
  ])
  const revoke = define((at: Places<{ id: string; at: number; endsAt: number; event: EventRow }>) => [
    revokeGrants(db, at).where('id', '=', at.id).returning('id'),
    appendRevocation(db, at.event, at.id),
  ])
  type Ending = { owner: string; at: number; endsAt: number; event: EventRow }
  const revokeOf = (owner: 'userId' | 'clientId') =>
    define((at: Places<Ending>) => {
      const owned = db.selectFrom('oauthGrant').select('id').where(owner, '=', at.owner)
      return [
        revokeGrants(db, at).where(owner, '=', at.owner).returning('id'),
        appendIf(db, at.event, exists(owned.where('revokedBy', '=', at.event.id))),
      ]
    })
  const revokeOfUser = revokeOf('userId')
  const revokeOfClient = revokeOf('clientId')

  return {
    ...sqlCodes(batches),
    ...sqlRefreshTokens(batches),
    ...sqlRevocations(batches),
    async issueClientGrant(grant, event) {
      const row = { ...toGrantRow(grant), endsAt: endOfGrant(grant.createdAt) }
      const [issued, taken] = await issue({ grant: row, event: toEventRow(event) })
      return issueOutcome(issued, taken)
    },
    async find(id) {
      const [[row]] = await find({ id })
      if (row === undefined) return undefined
      const { live, ...grant } = row
      return toGrant(live === 1 ? grant : { ...grant, revokedAt: grant.revokedAt ?? grant.createdAt })
    },
    async revoke(id, at, event) {
      const [revoked] = await revoke({ id, at, endsAt: endOfGrant(at), event: toEventRow(event) })
      return revoked.length === 1
    },
    async revokeAll(owner, at, event) {
      const ending = { at, endsAt: endOfGrant(at), event: toEventRow(event) }
      const [revoked] =
        'userId' in owner
          ? await revokeOfUser({ owner: owner.userId, ...ending })
          : await revokeOfClient({ owner: owner.clientId, ...ending })
      return revoked.length
    },
  }
}
