/**
 * The authorization challenge endpoint (draft-ietf-oauth-first-party-apps-04): sign-in without a browser, for clients
 * that an administrator marked first-party. It ends in an authorization code; tokens leave through the token endpoint.
 */

export { authorizeChallenge } from './authorize-challenge-route.ts'
export type { AuthorizeChallengeDeps } from './authorize-challenge-deps.ts'
