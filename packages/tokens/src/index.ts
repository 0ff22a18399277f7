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
export { signHmacToken, verifyHmacToken } from './hmac-token.ts'
export type { HmacToken, HmacTokenDemands } from './hmac-token.ts'
export { activeKey, keyState, planRevocation, planRotation, publishedKeys } from './key-ring.ts'
export type { KeyDates, KeyState, RingKey, RingPolicy, RotationPlan, RotationTime } from './key-ring.ts'
export { hashToken, makeOpaqueToken, parseOpaqueToken } from './opaque.ts'
export type { OpaqueKind } from './opaque.ts'
export { decryptJwe } from './jwe/decrypt.ts'
export type { DecryptJweOptions, DecryptedJwe } from './jwe/decrypt.ts'
export { encryptJwe } from './jwe/encrypt.ts'
export type { EncryptJweOptions } from './jwe/encrypt.ts'
export type { JweHeader } from './jwe/header.ts'
