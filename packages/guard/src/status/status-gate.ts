/** The guard's option `status`: whether it looks at status lists, and what becomes of tokens when it cannot. */

import { openStatusLists } from './open-status-lists.ts'
import type { StatusLists, StatusListsOptions } from './open-status-lists.ts'

export type StatusDemand = 'off' | 'required' | { readonly whenUnreachable: 'accept-unsafe' }

export interface StatusGateOptions extends Omit<StatusListsOptions, 'whenUnreachable'> {
  /** Whether the keys are the issuer's JWK Set: the caller's own keys are those of tokens, and sign no list. */
  readonly hasJwks: boolean
}

/**
 * Answers the lists to look at; undefined for `off`.
 *
 * @throws {TypeError} if the demand makes no sense, or not with these keys.
 */
export function statusGate(demand: StatusDemand, { hasJwks, ...options }: StatusGateOptions): StatusLists | undefined {
  if (demand === 'off') return undefined
  if (!hasJwks) throw new TypeError('the option "status" needs the issuer’s JWK Set as "keys"')
  const { whenUnreachable }: { readonly whenUnreachable?: unknown } = demand === 'required' ? {} : demand
  if (demand !== 'required' && whenUnreachable !== 'accept-unsafe') {
    throw new TypeError("status must be 'off', 'required' or { whenUnreachable: 'accept-unsafe' }")
  }
  return openStatusLists({ ...options, whenUnreachable: demand === 'required' ? 'refuse' : 'accept-unsafe' })
}
