/**
 * What an administrator can do: validated, stored, audited. Who may do it is left to whoever hands the deps in: the
 * command line, which can open the store anyway.
 */

import type { OpenApiSecret } from '../keys/api-secrets.ts'
import type { Api, Client, Grant, Role, User } from '../store/records.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import type { ApiChanges, ApiOptions } from './api-rules.ts'
import { createApi, deleteApi, describeApi, updateApi } from './apis.ts'
import type { ApiDescription, DeletedApi } from './apis.ts'
import type { ClientOptions } from './client-rules.ts'
import { createClient, deleteClient, revokeGrantsOfClient } from './clients.ts'
import type { RegisteredClient } from './clients.ts'
import { createRole, deleteRole } from './roles.ts'
import type { RoleOptions } from './roles.ts'
import { listApiSecrets, rotateApiSecret } from './session-secrets.ts'
import { mintToken, revokeToken } from './tokens.ts'
import type { MintedToken, MintOptions } from './tokens.ts'
import { createUser, deleteUser, disableUser, enableUser, setPassword, setRoles, signOut } from './users.ts'
import type { UserOptions } from './users.ts'

/** Every verb throws `AdminError`; see each for its codes. */
export interface Administration {
  createUser(options: UserOptions): Promise<User>
  listUsers(page: { readonly after?: string; readonly limit: number }): Promise<readonly User[]>
  setPassword(username: string, password: string): Promise<User>
  setRoles(username: string, roles: readonly string[]): Promise<User>
  /** Revokes every grant of the user. Answers how many there were. */
  signOut(username: string): Promise<number>
  disableUser(username: string): Promise<User>
  enableUser(username: string): Promise<User>
  deleteUser(username: string): Promise<User>
  createRole(options: RoleOptions): Promise<Role>
  listRoles(): Promise<readonly Role[]>
  deleteRole(name: string, scopes: 'keep-closed' | 'open-unsafe'): Promise<void>
  createClient(options: ClientOptions): Promise<RegisteredClient>
  listClients(): Promise<readonly Client[]>
  /** Revokes every grant that the client holds. Answers how many there were. */
  revokeGrantsOfClient(id: string): Promise<number>
  deleteClient(id: string): Promise<void>
  createApi(options: ApiOptions): Promise<Api>
  listApis(): Promise<readonly Api[]>
  describeApi(audience: string): Promise<ApiDescription>
  updateApi(audience: string, changes: ApiChanges): Promise<Api>
  /** Revokes every grant for it, and takes it away from every client. */
  deleteApi(audience: string): Promise<DeletedApi>
  listApiSecrets(audience: string): Promise<readonly OpenApiSecret[]>
  rotateApiSecret(audience: string, when: 'publish-ahead' | 'at-once'): Promise<OpenApiSecret>
  /** An access token without a sign-in. That this is no server in production is left to the caller. */
  mintToken(options: MintOptions): Promise<MintedToken>
  /** Revokes the grant of an access or refresh token, and answers it. */
  revokeToken(token: string): Promise<Grant>
}

export function createAdministration(deps: AdministrationDeps): Administration {
  const { users, roles, clients, apis } = deps.store
  return {
    createUser: (options) => createUser(deps, options),
    listUsers: (page) => users.list(page),
    setPassword: (username, password) => setPassword(deps, username, password),
    setRoles: (username, names) => setRoles(deps, username, names),
    signOut: (username) => signOut(deps, username),
    disableUser: (username) => disableUser(deps, username),
    enableUser: (username) => enableUser(deps, username),
    deleteUser: (username) => deleteUser(deps, username),
    createRole: (options) => createRole(deps, options),
    listRoles: () => roles.list(),
    deleteRole: (name, scopes) => deleteRole(deps, name, scopes),
    createClient: (options) => createClient(deps, options),
    listClients: () => clients.list(),
    revokeGrantsOfClient: (id) => revokeGrantsOfClient(deps, id),
    deleteClient: (id) => deleteClient(deps, id),
    createApi: (options) => createApi(deps, options),
    listApis: () => apis.list(),
    describeApi: (audience) => describeApi(deps, audience),
    updateApi: (audience, changes) => updateApi(deps, audience, changes),
    deleteApi: (audience) => deleteApi(deps, audience),
    listApiSecrets: (audience) => listApiSecrets(deps, audience),
    rotateApiSecret: (audience, when) => rotateApiSecret(deps, audience, when),
    mintToken: (options) => mintToken(deps, options),
    revokeToken: (token) => revokeToken(deps, token),
  }
}
