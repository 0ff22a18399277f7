/** Clients with a DPoP key and a token that is bound to it, and their proofs. */

import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { signJwt } from '@countersign/tokens'
import type { JwtClaims, Key } from '@countersign/tokens'

/** Where the guarded API is, as the world sees it. */
export const origin = 'http://api.example'

export interface DpopClient {
  readonly privateKey: KeyObject
  /** The encoded header of its proofs: the same each time. */
  readonly proofHeader: string
  readonly token: string
  readonly tokenHash: string
}

export function makeDpopClient(
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
  key: Key,
): DpopClient {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' })
  const jkt = sha256(JSON.stringify({ crv, kty, x, y }))
  const token = signJwt({ ...accessTokenClaims(issuer, audience), cnf: { jkt } }, key, { typ: 'at+jwt' })
  const proofHeader = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })
  return { privateKey, proofHeader, token, tokenHash: sha256(token) }
}

/** Claims of a token of its own. */
export function accessTokenClaims(issuer: string, audience: string): JwtClaims & { readonly jti: string } {
  const iat = Math.floor(Date.now() / 1000)
  const times = { iat, exp: iat + 600 }
  return { iss: issuer, sub: 'alice', aud: audience, client_id: 'bench', ...times, jti: randomUUID(), scope: 'read' }
}

/** The headers of one request, with a proof of its own. */
export function makeDpopHeaders(
  { privateKey, proofHeader, token, tokenHash }: DpopClient,
  method: string,
  path: string,
): Readonly<Record<string, string>> {
  const iat = Math.floor(Date.now() / 1000)
  const claims = encode({ jti: randomUUID(), htm: method, htu: `${origin}${path}`, iat, ath: tokenHash })
  const signed = `${proofHeader}.${claims}`
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return { authorization: `DPoP ${token}`, dpop: `${signed}.${signature.toString('base64url')}` }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
