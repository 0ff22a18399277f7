/**
 * Signed requests (RFC 9421, RFC 9530), as an app makes them: method, URL, token and body under one signature by the key
 * that the token is bound to.
 */

import { createHash, randomUUID, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import type { ProofKey } from '../dpop-proof.ts'

export interface SignableRequest {
  readonly method: string
  readonly url: string
  /** The value of its Authorization header. */
  readonly authorization: string
  readonly contentType: string
  readonly body: string
  /** Default: a new one. */
  readonly nonce?: string
}

export type SignatureHeaders = Readonly<Record<'Content-Digest' | 'Signature-Input' | 'Signature', string>>

export function signRequest({ privateKey, thumbprint }: ProofKey, request: SignableRequest): SignatureHeaders {
  const { nonce = randomUUID() } = request
  const created = Math.floor(Date.now() / 1000)
  const times = `;created=${created};expires=${created + 60}`
  const params = `${covered}${times};nonce="${nonce}";keyid="${thumbprint}";alg="ecdsa-p256-sha256";tag="countersign"`
  return signOtherwise(request, params, (base) => signEs256(base, privateKey))
}

export function signEs256(text: string, key: KeyObject): Buffer {
  return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
}

/** The same under parameters and a signature that were made otherwise. */
export function signOtherwise(
  request: SignableRequest,
  signatureParams: string,
  makeSignature: (base: string) => Buffer,
): SignatureHeaders {
  return signatureHeaders(request.body, signatureParams, makeSignature(signatureBase(request, signatureParams)))
}

/** What is signed (RFC 9421 §2.5). */
function signatureBase(
  { method, url, authorization, contentType, body }: SignableRequest,
  signatureParams: string,
): string {
  return [
    `"@method": ${method}`,
    `"@target-uri": ${url}`,
    `"authorization": ${authorization}`,
    `"content-digest": ${contentDigest(body)}`,
    `"content-type": ${contentType}`,
    `"@signature-params": ${signatureParams}`,
  ].join('\n')
}

function signatureHeaders(body: string, signatureParams: string, signature: Buffer): SignatureHeaders {
  return {
    'Content-Digest': contentDigest(body),
    'Signature-Input': `countersign=${signatureParams}`,
    Signature: `countersign=:${signature.toString('base64')}:`,
  }
}

export function contentDigest(body: string, algorithm: 'sha-256' | 'sha-512' = 'sha-256'): string {
  return `${algorithm}=:${createHash(algorithm.replace('-', '')).update(body).digest('base64')}:`
}

const covered = '("@method" "@target-uri" "authorization" "content-digest" "content-type")'
