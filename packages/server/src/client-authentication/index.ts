/**
 * Who calls: authenticates the client of an OAuth request.
 *
 * Ground, not a slice: the token, introspection and revocation endpoints all begin with it.
 */

export { createClientAuthentication } from './authenticate-client.ts'
export type { AuthenticateClient } from './authenticate-client.ts'
export { certificateMethods, certificateThumbprint } from './client-certificate.ts'
export { parseDistinguishedName } from './distinguished-name.ts'
