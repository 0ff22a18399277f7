/**
 * JSON Web Token (RFC 7519) as a compact JWS. What the claims must say is `claims.ts`'s concern.
 */

import { decodeBase64url } from '../base64url.ts'
import type { Key } from '../jwk/key.ts'
import { parseEncodedJsonObject } from '../json.ts'
import { parseHeaderForm } from '../jws/header.ts'
import { encodeHeader, signCompact, splitCompact, verifyCompact } from '../jws/jws.ts'
import type { VerifyJwsOptions } from '../jws/jws.ts'
import type { KeySource } from '../jws/key-source.ts'
import { checkClaimForms, checkJwtClaims } from './claims.ts'
import type { ClaimDemands, Jwt, JwtClaims } from './claims.ts'

/**
 * A signed token. Its header has the key's "alg" and "kid", and a "typ" ("JWT" unless told otherwise).
 *
 * @throws {TokenError} `token_claim_invalid` for a registered claim of the wrong type, `key_unusable`
 */
export function signJwt(claims: JwtClaims, key: Key, { typ = 'JWT' }: { readonly typ?: string } = {}): string {
  checkClaimForms(claims)
  return signCompact(headerFor(key, typ), JSON.stringify(claims), key)
}

/**
 * Verifies the signature and the form alone: that the token is still good is for `checkJwtClaims` to say.
 *
 * @throws {TokenError} as `verifyJws`; `token_malformed` if the payload is no claims set; `token_claim_invalid`
 */
export function verifyJwtSignature(
  token: string,
  keys: KeySource,
  options: VerifyJwsOptions = {},
): Jwt & { readonly key: Key } {
  const { header, payload, key } = verifyCompact(token, keys, options)
  return { header, claims: parseClaims(payload), key }
}

/**
 * Verifies the signature, then the claims.
 *
 * @throws {TokenError} as `verifyJwtSignature` and `checkJwtClaims`
 */
export function verifyJwt(token: string, keys: KeySource, demands: ClaimDemands & VerifyJwsOptions): Jwt {
  const { header, claims } = verifyJwtSignature(token, keys, demands)
  checkJwtClaims({ header, claims }, demands)
  return { header, claims }
}

/**
 * What a token says, believed by nobody: for display only.
 *
 * @throws {TokenError} `token_too_large`, `token_malformed`, `token_header_refused`, `token_claim_invalid`
 */
export function decodeUnverified(token: string): Jwt {
  const { header, payload, signature } = splitCompact(token)
  decodeBase64url(signature)
  return { header: parseHeaderForm(header), claims: parseClaims(payload) }
}

// A key signs tokens of one type after another: their header is the same text.
const lastHeaders = new WeakMap<Key, { readonly typ: string; readonly encoded: string }>()

function headerFor(key: Key, typ: string): string {
  let last = lastHeaders.get(key)
  if (last?.typ !== typ) {
    last = { typ, encoded: encodeHeader(key, { typ }) }
    lastHeaders.set(key, last)
  }
  return last.encoded
}

function parseClaims(encoded: string): JwtClaims {
  const claims = parseEncodedJsonObject(encoded)
  checkClaimForms(claims)
  return claims
}
