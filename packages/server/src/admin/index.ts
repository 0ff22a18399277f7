/** Administration of users, roles, clients, APIs and tokens. No HTTP yet: the command line calls it. */

export { AdminError } from './admin-error.ts'
export type { AdminErrorCode } from './admin-error.ts'
export { createAdministration } from './administration.ts'
export type { Administration } from './administration.ts'
export type { AdministrationDeps } from './administration-deps.ts'
export type { ApiChanges, ApiOptions } from './api-rules.ts'
export type { ApiDescription, DeletedApi } from './apis.ts'
export type { ClientOptions } from './client-rules.ts'
export type { RegisteredClient } from './clients.ts'
export type { RoleOptions } from './roles.ts'
export type { MintedToken, MintOptions } from './tokens.ts'
export type { UserOptions } from './users.ts'
