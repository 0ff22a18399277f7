/**
 * The userinfo endpoint: what a client that signed a user in may know of them.
 *
 * What users see and change of themselves is the account slice.
 */

export { userinfoEndpoint } from './userinfo-route.ts'
export type { UserinfoEndpointDeps } from './userinfo-route.ts'
