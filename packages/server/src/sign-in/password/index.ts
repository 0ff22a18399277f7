/** Sign-in by password: throttled, constant in its work. Endpoints are handed the verifier; this slice has no route. */

export { createPasswordVerifier } from './verify-password.ts'
export type { PasswordVerifierDeps } from './verify-password.ts'
