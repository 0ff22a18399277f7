/** Registers and deletes clients, and ends what they hold. */

import { randomBytes } from 'node:crypto'
import { hashToken, makeOpaqueToken } from '@countersign/tokens'
import { makeEvent } from '../audit/audit.ts'
import type { Client } from '../store/records.ts'
import { AdminError } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { checkClientOptions } from './client-rules.ts'
import type { ClientOptions } from './client-rules.ts'

export interface RegisteredClient {
  readonly client: Client
  /** To be shown now: it is not kept. Null for a client without one. */
  readonly secret: string | null
}

/** @throws {AdminError} `client_invalid`, `client_taken` */
export async function createClient(
  { store, clock, actor }: AdministrationDeps,
  options: ClientOptions,
): Promise<RegisteredClient> {
  const apis = await store.apis.list()
  const checked = checkClientOptions(
    options,
    apis.map(({ audience }) => audience),
  )
  const secret = checked.authentication === 'client_secret' ? makeOpaqueToken('cs') : null
  const client: Client = {
    ...checked,
    id: options.id ?? randomBytes(12).toString('hex'),
    secretHash: secret === null ? null : hashToken(secret),
    createdAt: clock(),
  }
  const event = makeEvent(clock, { type: 'client.created', actor, clientId: client.id, detail: { name: client.name } })
  if ((await store.clients.insert(client, event)) === 'taken') {
    throw new AdminError('client_taken', `there is a client ${client.id} already: choose another id`)
  }
  return { client, secret }
}

/** @throws {AdminError} `client_not_found` */
export async function deleteClient({ store, clock, actor }: AdministrationDeps, id: string): Promise<void> {
  const event = makeEvent(clock, { type: 'client.deleted', actor, clientId: id })
  if (!(await store.clients.delete(id, clock(), event))) throw clientNotFound()
}

/**
 * Revokes every grant that the client holds. Answers how many there were.
 *
 * @throws {AdminError} `client_not_found`
 */
export async function revokeGrantsOfClient({ store, clock, actor }: AdministrationDeps, id: string): Promise<number> {
  if ((await store.clients.find(id)) === undefined) throw clientNotFound()
  const event = makeEvent(clock, { type: 'client.signed_out', actor, clientId: id })
  return store.grants.revokeAll({ clientId: id }, event.at, event)
}

function clientNotFound(): AdminError {
  return new AdminError('client_not_found', 'there is no client with this id: list the clients to see theirs')
}
