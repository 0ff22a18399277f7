/** The rules of OAuth as pure functions. No I/O, no clock, no `node:`: runs in browsers; crypto is passed in. */

export { OAuthError, oauthErrors } from './oauth-error.ts'
export type { OAuthErrorCode, OAuthErrorOptions } from './oauth-error.ts'
export { formatScope, includesScope, parseScope } from './scope.ts'
export { makeCodeChallenge, parseCodeChallenge, verifyCodeVerifier } from './pkce.ts'
export type { Sha256 } from './pkce.ts'
export { parseResource } from './resource.ts'
export { bearerChallenge } from './bearer-challenge.ts'
export type { BearerChallengeParams } from './bearer-challenge.ts'
export { authorizationServerMetadata, metadataUrl, openidConfiguration } from './metadata.ts'
export type {
  AuthorizationServerFacts,
  AuthorizationServerMetadata,
  OpenidConfiguration,
  OpenidFacts,
} from './metadata.ts'
