/**
 * What an administrator can do: validated, stored, audited. Who may do it is left to whoever hands the deps in: the
 * command line, which can open the store anyway.
 */

import type { Api, Client, User } from '../store/records.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { createApi } from './apis.ts'
import type { ApiOptions } from './apis.ts'
import type { ClientOptions } from './client-rules.ts'
import { createClient, deleteClient } from './clients.ts'
import type { RegisteredClient } from './clients.ts'
import { createUser, deleteUser, disableUser } from './users.ts'
import type { UserOptions } from './users.ts'

/** Every verb throws `AdminError`; see each for its codes. */
export interface Administration {
  createUser(options: UserOptions): Promise<User>
  listUsers(page: { readonly after?: string; readonly limit: number }): Promise<readonly User[]>
  disableUser(username: string): Promise<User>
  deleteUser(username: string): Promise<User>
  createClient(options: ClientOptions): Promise<RegisteredClient>
  listClients(): Promise<readonly Client[]>
  deleteClient(id: string): Promise<void>
  createApi(options: ApiOptions): Promise<Api>
  listApis(): Promise<readonly Api[]>
}

export function createAdministration(deps: AdministrationDeps): Administration {
  const { users, clients, apis } = deps.store
  return {
    createUser: (options) => createUser(deps, options),
    listUsers: (page) => users.list(page),
    disableUser: (username) => disableUser(deps, username),
    deleteUser: (username) => deleteUser(deps, username),
    createClient: (options) => createClient(deps, options),
    listClients: () => clients.list(),
    deleteClient: (id) => deleteClient(deps, id),
    createApi: (options) => createApi(deps, options),
    listApis: () => apis.list(),
  }
}
