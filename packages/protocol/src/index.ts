/** The rules of OAuth as pure functions. No I/O, no clock, no `node:`: runs in browsers; crypto is passed in. */

export { OAuthError, oauthErrors } from './oauth-error.ts'
export type { OAuthErrorCode, OAuthErrorOptions } from './oauth-error.ts'
export { formatScope, includesScope, parseScope } from './scope.ts'
export { makeCodeChallenge, parseCodeChallenge, verifyCodeVerifier } from './pkce.ts'
export type { Sha256 } from './pkce.ts'
export { parseResource } from './resource.ts'
export { bearerChallenge, dpopChallenge } from './challenge.ts'
export type { ChallengeParams } from './challenge.ts'
export { dpopAlgorithms, dpopProofType, dpopTargetUri } from './dpop.ts'
export type { DpopAlgorithm, DpopClaims } from './dpop.ts'
export { normalizeHttpUri } from './http-uri.ts'
export { apiSecretBytes, deriveSessionKey, sessionKeyBytes } from './session-key.ts'
export type { HkdfInput, SessionKeyFacts, SessionKeyUse } from './session-key.ts'
export { isRequestNonce } from './request-nonce.ts'
export { contentDigestAlgorithms, formatContentDigest } from './content-digest.ts'
export type { ContentDigestAlgorithm } from './content-digest.ts'
export type { FieldLines, SignatureComponent, SignedRequest, SignedResponse } from './signature-component.ts'
export {
  formatSignature,
  formatSignatureInput,
  formatSignatureParams,
  maxSignatureSeconds,
  requestComponents,
  signatureAlgorithms,
  signatureBase,
  signatureTag,
} from './signature-base.ts'
export type { SignatureAlgorithm } from './signature-base.ts'
export {
  parseSealedRequestHeader,
  parseSealedResponseHeader,
  sealedEncryption,
  sealedMediaType,
  sealedRequestCritical,
  sealedRequestField,
  sealedRequestHeader,
  sealedResponseHeader,
  sealedAlgorithm,
} from './sealed-body.ts'
export type { SealedRequestFacts, SealedResponseFacts } from './sealed-body.ts'
export {
  emptyStatusBits,
  isStatusRevoked,
  parseStatusClaim,
  parseStatusList,
  revokeStatus,
  statusClaim,
  statusKeyUse,
  statusListBase,
  statusListClaims,
  statusListMediaType,
  statusListSize,
  statusListType,
} from './status-list.ts'
export type { StatusList, StatusListClaims, StatusReference } from './status-list.ts'
export { authorizationServerMetadata, metadataUrl, openidConfiguration } from './metadata.ts'
export type {
  AuthorizationServerFacts,
  AuthorizationServerMetadata,
  OpenidConfiguration,
  OpenidFacts,
} from './metadata.ts'
export { accessTokenType, parseTokenExchange, tokenExchangeGrantType } from './token-exchange.ts'
export type { TokenExchangeRequest } from './token-exchange.ts'
