/** What the authorization challenge endpoint needs from outside. */

import type { RefusalCounter } from '../../audit/audit.ts'
import type { AuthenticateClient } from '../../client-authentication/index.ts'
import type { Clock } from '../../clock.ts'
import type { Settings } from '../../config/index.ts'
import type { VerifyDpop } from '../../dpop/index.ts'
import type { PlaceGrant } from '../../store/grant-placement.ts'
import type { ApiStore, AuthSessionStore, ClientStore, GrantStore, RoleStore } from '../../store/records.ts'
import type { VerifyPassword } from '../../users/index.ts'

export interface AuthorizeChallengeDeps {
  readonly issuer: string
  readonly clock: Clock
  readonly lifetimes: Pick<Settings, 'codeLifetimeSeconds' | 'authSessionLifetimeSeconds'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly apis: Pick<ApiStore, 'find'>
  readonly roles: Pick<RoleStore, 'list'>
  readonly authSessions: AuthSessionStore
  readonly grants: Pick<GrantStore, 'issueCode'>
  readonly placeGrant: PlaceGrant
  readonly refusals: Pick<RefusalCounter, 'count'>
  readonly authenticateClient: AuthenticateClient
  readonly verifyDpop: VerifyDpop
  readonly verifyPassword: VerifyPassword
  /** Sessions that one address may open in ten minutes, by asking what is needed, before it has to wait. Default 1000. */
  readonly freeSessions?: number
}
