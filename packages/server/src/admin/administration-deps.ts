/** What administration needs from outside. */

import type { Clock } from '../clock.ts'
import type { Store } from '../store/records.ts'
import type { PasswordHasher } from '../users/index.ts'

export interface AdministrationDeps {
  readonly store: Pick<Store, 'users' | 'clients' | 'apis'>
  readonly hasher: PasswordHasher
  readonly clock: Clock
  readonly issuer: string
  /** Who acts, for the audit trail: `operator` for the command line. */
  readonly actor: string
}
