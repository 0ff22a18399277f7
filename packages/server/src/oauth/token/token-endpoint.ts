/** What the token endpoint needs from outside, what each grant type is given, and what it answers. */

import type { SessionKeyUse } from '@countersign/protocol'
import type { RefusalCounter } from '../../audit/audit.ts'
import type { AuthenticateClient } from '../../client-authentication/index.ts'
import type { Clock } from '../../clock.ts'
import type { Settings } from '../../config/index.ts'
import type { VerifyDpop } from '../../dpop/index.ts'
import type { ApiSecrets } from '../../keys/api-secrets.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import type { PlaceGrant } from '../../store/grant-placement.ts'
import type { ApiStore, Client, ClientStore, GrantStore, RoleStore, UserStore } from '../../store/records.ts'

/** A refresh token dies idle after `refreshTokenIdleSeconds`, and its family `refreshTokenLifetimeSeconds` after the sign-in. */
export type TokenLifetimes = Pick<
  Settings,
  'accessTokenLifetimeSeconds' | 'idTokenLifetimeSeconds' | 'refreshTokenIdleSeconds' | 'refreshTokenLifetimeSeconds'
>

export interface TokenEndpointDeps {
  readonly issuer: string
  readonly grants: GrantStore
  readonly placeGrant: PlaceGrant
  readonly apis: Pick<ApiStore, 'find'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly apiSecrets: Pick<ApiSecrets, 'active'>
  readonly users: Pick<UserStore, 'find'>
  readonly roles: Pick<RoleStore, 'list'>
  readonly keys: Pick<KeyRings, 'signingKey' | 'verificationKeys'>
  readonly clock: Clock
  readonly lifetimes: TokenLifetimes
  readonly authenticateClient: AuthenticateClient
  readonly verifyDpop: VerifyDpop
  readonly refusals: Pick<RefusalCounter, 'count'>
}

export type TokenForm = Readonly<Record<string, string>>

/** The keys that the client has proven to hold, by the members of "cnf": its access tokens are bound to them. @see RFC 7800 §3.1 */
export interface ProvenKeys {
  /** Thumbprint of the key of its DPoP proof (RFC 9449 §6.1). */
  readonly jkt?: string
  /** Thumbprint of the certificate that it has authenticated with (RFC 8705 §3.1). */
  readonly 'x5t#S256'?: string
}

export interface TokenRequest {
  /** Authenticated, and allowed to use the grant type. */
  readonly client: Client
  readonly form: TokenForm
  readonly proven: ProvenKeys
  /** The peer, for the audit trail. */
  readonly address: string
}

/** @see RFC 6749 §5.1, OpenID Connect Core §3.1.3.3 */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
  /** What the client signs and seals its requests with; derived again by the API (`cs_key` in the token). */
  readonly session_keys?: Readonly<Record<SessionKeyUse, string>>
  /** RFC 8693 §2.2.1 */
  readonly issued_token_type?: string
}

/** Throws `OAuthError`; see each grant type for its codes. */
export type Exchange = (request: TokenRequest, deps: TokenEndpointDeps) => Promise<TokenResponse>
