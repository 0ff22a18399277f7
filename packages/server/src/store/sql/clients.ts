/** Clients in SQL. */

import type { Client, ClientStore } from '../records.ts'
import { appendIf, toEventRow } from './audit.ts'
import type { EventRow } from './audit.ts'
import type { Batches, Places } from './batches.ts'
import { exists } from './conditions.ts'
import { endOfGrant, revokeGrants } from './grant-rows.ts'
import type { Stored } from './tables.ts'

type ClientRow = Stored<Client>

export function sqlClients({ db, define }: Batches): ClientStore {
  const byId = (id: Places<{ id: string }>['id']) => db.selectFrom('client').select('id').where('id', '=', id)
  const records = db
    .selectFrom('client')
    .select(['id', 'name', 'authentication', 'secretHash', 'jwks', 'grantTypes', 'scopes', 'audiences', 'serves'])
    .select(['firstParty', 'origins', 'idTokenAlg', 'tlsSubject', 'certificateThumbprints', 'dpopBound', 'createdAt'])

  const insert = define((at: Places<{ client: ClientRow & { createdBy: string }; event: EventRow }>) => [
    db
      .insertInto('client')
      .values(at.client)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id'),
    appendIf(db, at.event, exists(byId(at.client.id).where('createdBy', '=', at.event.id))),
  ])
  const find = define((at: Places<{ id: string }>) => [records.where('id', '=', at.id)])
  const list = define(() => [records.orderBy('id')])
  const remove = define((at: Places<{ id: string; at: number; endsAt: number; event: EventRow }>) => [
    // Takes the row's lock where the database has row locks, so that of two deletions one is told.
    db.updateTable('client').set({ createdBy: at.event.id }).where('id', '=', at.id),
    appendIf(db, at.event, exists(byId(at.id))),
    revokeGrants(db, at).where('clientId', '=', at.id),
    db.deleteFrom('client').where('id', '=', at.id).returning('id'),
  ])

  return {
    async insert(client, event) {
      const [inserted] = await insert({
        client: { ...toClientRow(client), createdBy: event.id },
        event: toEventRow(event),
      })
      return inserted.length === 1 ? 'inserted' : 'taken'
    },
    async find(id) {
      const [[row]] = await find({ id })
      return row && toClient(row)
    },
    async list() {
      const [rows] = await list({})
      return rows.map(toClient)
    },
    async delete(id, at, event) {
      const [, , , deleted] = await remove({ id, at, endsAt: endOfGrant(at), event: toEventRow(event) })
      return deleted.length === 1
    },
  }
}

function toClientRow(client: Client): ClientRow {
  const { id, name, authentication, secretHash, jwks, idTokenAlg, tlsSubject, createdAt } = client
  return {
    ...{ id, name, authentication, secretHash, jwks, idTokenAlg, tlsSubject, createdAt },
    certificateThumbprints: JSON.stringify(client.certificateThumbprints),
    dpopBound: client.dpopBound ? 1 : 0,
    grantTypes: JSON.stringify(client.grantTypes),
    scopes: JSON.stringify(client.scopes),
    audiences: JSON.stringify(client.audiences),
    serves: JSON.stringify(client.serves),
    origins: JSON.stringify(client.origins),
    firstParty: client.firstParty ? 1 : 0,
  }
}

function toClient(row: ClientRow): Client {
  return {
    ...row,
    grantTypes: JSON.parse(row.grantTypes) as Client['grantTypes'],
    scopes: JSON.parse(row.scopes) as string[],
    audiences: JSON.parse(row.audiences) as string[],
    serves: JSON.parse(row.serves) as string[],
    origins: JSON.parse(row.origins) as string[],
    firstParty: row.firstParty === 1,
    certificateThumbprints: JSON.parse(row.certificateThumbprints) as string[],
    dpopBound: row.dpopBound === 1,
  }
}
