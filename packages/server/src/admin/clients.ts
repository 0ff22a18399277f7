/** Registers and deletes clients, and ends what they hold. */

import { randomBytes } from 'node:crypto'
import { hashToken, makeOpaqueToken } from '@countersign/tokens'
import { makeEvent } from '../audit/audit.ts'
import { ownScopePrefix, userScopes } from '../client-permissions/index.ts'
import type { Api, Client } from '../store/records.ts'
import { AdminError } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { checkClientOptions } from './client-rules.ts'
import type { ClientOptions } from './client-rules.ts'

export interface RegisteredClient {
  readonly client: Client
  /** To be shown now: it is not kept. Null for a client without one. */
  readonly secret: string | null
  /** Scopes that none of its APIs knows: it gets them nowhere, until one does. Empty for a client without APIs. */
  readonly unknownScopes: readonly string[]
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
  return { client, secret, unknownScopes: unknownScopes(client, apis) }
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

/** No refusal: a client cannot be changed, and may be made for a scope that its API is still to have. */
function unknownScopes({ scopes, audiences }: Client, apis: readonly Api[]): readonly string[] {
  if (audiences.length === 0) return []
  const known = apis.filter(({ audience }) => audiences.includes(audience)).flatMap((api) => api.scopes)
  return scopes.filter(
    (scope) => !known.includes(scope) && !userScopes.includes(scope) && !scope.startsWith(ownScopePrefix),
  )
}

function clientNotFound(): AdminError {
  return new AdminError('client_not_found', 'there is no client with this id: list the clients to see theirs')
}
