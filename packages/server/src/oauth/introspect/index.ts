/**
 * The introspection endpoint: tells a resource server whether a token is good now, its grant not revoked.
 *
 * Resource servers that can wait until "exp" verify by themselves, with @countersign/guard, and need no call.
 */

export { introspectionEndpoint } from './introspect-route.ts'
export type { IntrospectionEndpointDeps } from './introspect-route.ts'
