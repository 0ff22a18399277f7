/**
 * Events of guards: what APIs refused, told by themselves, so that the audit trail has what only they see: tokens and
 * proofs that came twice, tokens of revoked grants.
 */

export { guardEvents } from './events-route.ts'
export type { GuardEventsDeps } from './events-route.ts'
