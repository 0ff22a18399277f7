/**
 * @countersign/tokens: JWS, JWE, JWT, opaque and HMAC tokens, and a key ring.
 */

export { decodeBase64url, encodeBase64url } from './base64url.ts'
export { equalsConstantTime } from './constant-time.ts'
export type { EpochSeconds } from './time.ts'
export { TokenError } from './errors.ts'
export type { TokenErrorCode } from './errors.ts'
export { parseJsonObject } from './json.ts'
export type { JsonObject, JsonValue } from './json.ts'
export type { Jwk, JwkSet } from './jwk/jwk.ts'
export type { ContentEncryption, Key, KeyManagementAlgorithm, KeyOperation } from './jwk/key.ts'
export {
  exportPrivateJwk,
  exportPublicJwk,
  generateKey,
  parseJwk,
  parseJwkSet,
  secretKey,
  thumbprint,
} from './jwk/stubs.ts'
export type { SignatureAlgorithm } from './jws/algorithms.ts'
export type { JwsHeader } from './jws/header.ts'
export { signJws, verifyJws } from './jws/jws.ts'
export type { KeySource } from './jws/jws.ts'
export { checkJwtClaims, decodeUnverified, signJwt, verifyJwt, verifyJwtSignature } from './jwt/jwt.ts'
export type { ClaimDemands, Jwt, JwtClaims } from './jwt/jwt.ts'
