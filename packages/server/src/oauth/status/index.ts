/**
 * The status lists: which grants are revoked, signed, for anybody to read, so that guards refuse their tokens offline.
 *
 * Which place a grant has is decided when it is issued (`store/grant-placement.ts`); what a list is, by
 * @countersign/protocol.
 */

export { statusLists } from './status-route.ts'
export type { StatusListsDeps } from './status-route.ts'
