/**
 * DPoP at the server's own endpoints (RFC 9449): which key a request proves.
 *
 * Ground, not a slice: the authorization challenge and the token endpoint both ask. What is bound to the key is theirs.
 */

export { createDpopVerification } from './dpop-verification.ts'
export type { VerifyDpop } from './dpop-verification.ts'
