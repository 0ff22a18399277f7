/**
 * DPoP proofs (RFC 9449 §4.2), as an app makes them: that whoever sends a request holds the key that its token is bound
 * to.
 */

import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'

export interface ProofKey {
  readonly privateKey: KeyObject
  readonly jwk: JsonWebKey
  /** What tokens that are bound to it name it by (RFC 7638). */
  readonly thumbprint: string
}

export interface ProvenRequest {
  readonly method: string
  /** Without its query. */
  readonly url: string
  /** The token that goes along; none where one is asked for. */
  readonly accessToken?: string
  /** As the server gave it. */
  readonly nonce?: string
  /** The time that it says, in seconds. Default: now. */
  readonly at?: number
  /** What it is told by from others. Default: a new one. */
  readonly jti?: string
}

export function makeProofKey(): ProofKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const { crv, kty, x, y } = jwk
  return { privateKey, jwk, thumbprint: sha256(JSON.stringify({ crv, kty, x, y })) }
}

export function makeProof({ privateKey, jwk }: ProofKey, request: ProvenRequest): string {
  const { method, url, accessToken, nonce, at = Date.now() / 1000, jti = randomUUID() } = request
  const claims = {
    ...{ jti, htm: method, htu: url, iat: Math.floor(at) },
    ...(accessToken === undefined ? {} : { ath: sha256(accessToken) }),
    ...(nonce === undefined ? {} : { nonce }),
  }
  const text = `${encode({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

function encode(members: object): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
