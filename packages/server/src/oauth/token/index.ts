/**
 * The token endpoint: the one door through which tokens leave. One file per grant type; the rules lie beside, pure.
 *
 * Sign-in ceremonies, which end in the code that is redeemed here, are other slices.
 */

export { tokenEndpoint } from './token-route.ts'
export type { TokenEndpointDeps } from './token-endpoint.ts'
