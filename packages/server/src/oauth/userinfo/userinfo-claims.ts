/** Which scope tells which claims. Pure. */

import { includesScope } from '@countersign/protocol'
import type { User } from '../../store/records.ts'

/** @see OpenID Connect Core §5.4 */
export interface UserinfoClaims {
  readonly sub: string
  readonly preferred_username?: string
  readonly email?: string
  readonly roles?: readonly string[]
}

/** @param roles the user's, those that there are. */
export function userinfoClaims(user: User, scope: readonly string[], roles: readonly string[]): UserinfoClaims {
  const tells = (demanded: string): boolean => includesScope(scope, [demanded])
  return {
    sub: user.id,
    ...(tells('profile') && { preferred_username: user.username }),
    ...(tells('profile') && roles.length > 0 && { roles }),
    ...(tells('email') && user.email !== null && { email: user.email }),
  }
}
