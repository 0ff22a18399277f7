/** Clients with session keys: requests that are signed by HMAC, and sealed ones. */

import { hash, hkdfSync, randomUUID } from 'node:crypto'
import {
  deriveSessionKey,
  formatSignature,
  formatSignatureInput,
  formatSignatureParams,
  requestComponents,
  sealedMediaType,
  sealedRequestHeader,
  signatureBase,
  signatureTag,
} from '@countersign/protocol'
import type { SessionKeyUse } from '@countersign/protocol'
import { encryptJwe, secretKey, signJwt, signText } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { accessTokenClaims, origin } from './dpop-client.ts'

/** What the API and the issuer share. */
const apiSecret = Buffer.alloc(32, 42)
export const sessionSecrets: Readonly<Record<string, string>> = { 1: apiSecret.toString('base64url') }

export interface SessionClient {
  readonly token: string
  readonly tokenId: string
  readonly tokenHash: string
  readonly signingKey: Key
  readonly sealingKey: Key
}

export function makeSessionClient(
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
  key: Key,
): SessionClient {
  const claims = accessTokenClaims(issuer, audience)
  const { jti: tokenId } = claims
  const token = signJwt({ ...claims, cs_key: 1 }, key, { typ: 'at+jwt' })
  const facts = { issuer, audience, clientId: String(claims['client_id']), tokenId, jkt: undefined }
  const derive = (use: SessionKeyUse): Uint8Array =>
    deriveSessionKey(apiSecret, use, facts, ({ secret, info, lengthBytes }) =>
      Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, lengthBytes)),
    )
  const signingKey = secretKey('HS256', derive('sig'))
  const sealingKey = secretKey('dir', derive('seal-req'), { enc: 'A256CBC-HS512' })
  return { token, tokenId, tokenHash: hash('sha256', token, 'base64url'), signingKey, sealingKey }
}

/** The headers of a request without a body, signed by its own. */
export function makeSignedHeaders(
  { token, tokenId, signingKey }: SessionClient,
  method: string,
  path: string,
): Readonly<Record<string, string>> {
  const created = Math.floor(Date.now() / 1000)
  const components = requestComponents('without-body')
  const times = { created, expires: created + 60 }
  const named = { nonce: randomUUID(), keyid: tokenId, alg: 'hmac-sha256', tag: signatureTag }
  const params = formatSignatureParams(components, { ...times, ...named })
  const authorization = `Bearer ${token}`
  const request = { method, targetUri: origin + path, fieldLines: () => [authorization] }
  const base = signatureBase(components, params, request) ?? ''
  const signature = formatSignature(Buffer.from(signText(base, signingKey), 'base64url'))
  return { authorization, 'signature-input': formatSignatureInput(params), signature }
}

/** The headers and the body of a sealed request. */
export function makeSealedRequest(
  { token, tokenHash, sealingKey }: SessionClient,
  method: string,
  path: string,
  json: string,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const header = sealedRequestHeader({
    contentType: 'application/json',
    method,
    targetUri: origin + path,
    accessTokenHash: tokenHash,
    issuedAt: Math.floor(Date.now() / 1000),
    nonce: randomUUID(),
  })
  const body = encryptJwe(json, sealingKey, { enc: 'A256CBC-HS512', header })
  return { headers: { authorization: `Bearer ${token}`, 'content-type': sealedMediaType }, body }
}
