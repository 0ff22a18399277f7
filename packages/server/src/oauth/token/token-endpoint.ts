/** What the token endpoint needs from outside, what each grant type is given, and what it answers. */

import type { RefusalCounter } from '../../audit/audit.ts'
import type { AuthenticateClient } from '../../client-authentication/index.ts'
import type { Clock } from '../../clock.ts'
import type { Settings } from '../../config/index.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import type { ApiStore, Client, GrantStore } from '../../store/records.ts'

/** A refresh token dies idle after `refreshTokenIdleSeconds`, and its family `refreshTokenLifetimeSeconds` after the sign-in. */
export type TokenLifetimes = Pick<
  Settings,
  'accessTokenLifetimeSeconds' | 'idTokenLifetimeSeconds' | 'refreshTokenIdleSeconds' | 'refreshTokenLifetimeSeconds'
>

export interface TokenEndpointDeps {
  readonly issuer: string
  readonly grants: GrantStore
  readonly apis: Pick<ApiStore, 'find'>
  readonly keys: Pick<KeyRings, 'signingKey'>
  readonly clock: Clock
  readonly lifetimes: TokenLifetimes
  readonly authenticateClient: AuthenticateClient
  readonly refusals: Pick<RefusalCounter, 'count'>
}

export type TokenForm = Readonly<Record<string, string>>

export interface TokenRequest {
  /** Authenticated, and allowed to use the grant type. */
  readonly client: Client
  readonly form: TokenForm
  /** The peer, for the audit trail. */
  readonly address: string
}

/** @see RFC 6749 §5.1, OpenID Connect Core §3.1.3.3 */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
}

/** Throws `OAuthError`; see each grant type for its codes. */
export type Exchange = (request: TokenRequest, deps: TokenEndpointDeps) => Promise<TokenResponse>
