/** Signing keys in SQL. Private keys come sealed and stay so. */

import type { KeyDates, SigningKeyRow, SigningKeyStore } from '../records.ts'
import { appendIf, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'

export function sqlSigningKeys({ db, define, run }: Batches): SigningKeyStore {
  const records = db
    .selectFrom('signingKey')
    .select(['kid', 'ring', 'alg', 'generation', 'publicJwk', 'sealedPrivateJwk', 'createdAt'])
    .select(['activeAt', 'retiredAt', 'goneAt', 'revokedAt'])
  // A kid is a key's thumbprint and the key is new: if it is there, this call has written it.
  const isInserted = (kid: Places<{ kid: string }>['kid']) => exists(records.where('kid', '=', kid))

  const list = define((at: Places<{ ring: string }>) => [
    records.where('ring', '=', at.ring).orderBy('alg').orderBy('generation'),
  ])
  const insert = define((at: Places<{ key: SigningKeyRow; event: EventRow }>) => [
    db
      .insertInto('signingKey')
      .values(at.key)
      .onConflict((conflict) => conflict.doNothing())
      .returning('kid'),
    appendIf(db, at.event, isInserted(at.key.kid)),
  ])
  const move = define((at: Places<{ dates: KeyDates; inserted: string }>) => [
    db
      .updateTable('signingKey')
      .set({ activeAt: at.dates.activeAt, retiredAt: at.dates.retiredAt, goneAt: at.dates.goneAt })
      // What another process has revoked meanwhile stays revoked.
      .set((eb) => ({ revokedAt: eb.fn.coalesce('revokedAt', at.dates.revokedAt) }))
      .where('kid', '=', at.dates.kid)
      .where(isInserted(at.inserted)),
  ])
  const revoke = define((at: Places<{ kid: string; at: number; event: EventRow }>) => [
    db
      .updateTable('signingKey')
      .set({ revokedAt: at.at, revokedBy: at.event.id })
      .where('kid', '=', at.kid)
      .where('revokedAt', 'is', null)
      .returning('kid'),
    appendIf(db, at.event, exists(records.where('kid', '=', at.kid).where('revokedBy', '=', at.event.id))),
  ])

  return {
    async list(ring) {
      const [rows] = await list({ ring })
      return rows
    },
    async insert(key, changes, event) {
      const { kid, ring, alg, generation, publicJwk, sealedPrivateJwk, createdAt } = key
      const dates = { activeAt: key.activeAt, retiredAt: key.retiredAt, goneAt: key.goneAt, revokedAt: key.revokedAt }
      const row = { kid, ring, alg, generation, publicJwk, sealedPrivateJwk, createdAt, ...dates }
      const [inserted] = await run([
        ...insert.bind({ key: row, event: toEventRow(event) }),
        ...changes.flatMap((dates) => move.bind({ dates, inserted: kid })),
      ])
      return inserted?.length === 1 ? 'inserted' : 'lost'
    },
    async revoke(kid, at, event) {
      const [revoked] = await revoke({ kid, at, event: toEventRow(event) })
      return revoked.length === 1
    },
  }
}
