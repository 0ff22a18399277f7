/**
 * The revocation endpoint: a client gives back a token, and with it the whole grant that it hangs on.
 *
 * Revoking by others (the user, the operator, a reuse) is done where they are: account, admin, token.
 */

export { revocationEndpoint } from './revoke-route.ts'
export type { RevocationEndpointDeps } from './revoke-route.ts'
