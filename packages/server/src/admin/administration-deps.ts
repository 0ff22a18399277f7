/** What administration needs from outside. */

import type { Key } from '@countersign/tokens'
import type { Clock } from '../clock.ts'
import type { KeyRings } from '../keys/key-ring.ts'
import type { GrantStore, Store } from '../store/records.ts'
import type { PasswordHasher } from '../users/index.ts'

export interface AdministrationDeps {
  readonly store: Pick<Store, 'users' | 'roles' | 'clients' | 'apis'> & {
    readonly grants: Pick<GrantStore, 'find' | 'findRefreshToken' | 'issueClientGrant' | 'revoke' | 'revokeAll'>
  }
  readonly hasher: PasswordHasher
  readonly clock: Clock
  readonly issuer: string
  /** Read where APIs have session keys, whose secrets are sealed under it. */
  readonly masterKey?: () => Key
  /** Where tokens are minted, or told by their signature. */
  readonly keys?: Pick<KeyRings, 'signingKey' | 'verificationKeys'>
  /** Who acts, for the audit trail: `operator` for the command line. */
  readonly actor: string
}
