/**
 * Signed requests with something changed, as somebody without the keys can change them.
 */

import { createHmac } from 'node:crypto'

import { readHeader, readPayload } from '../../attacks/jwt-forgeries.ts'
import type { Bank, SessionKeys } from '../customer.ts'
import { fieldOf, signable, theft } from './passing-request.ts'
import type { PassingRequest } from './passing-request.ts'
import { contentDigest, signEs256, signOtherwise } from './signed-request.ts'

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

/** Another payment under alice's signature, and under signatures that he can make: with her session keys, if he has them. */
export function changeSigned(request: PassingRequest, bank: Bank, keys?: SessionKeys): readonly PassingRequest[] {
  const input = fieldOf(request, 'Signature-Input')
  const digest = fieldOf(request, 'Content-Digest')
  const steal = (fields: Fields): PassingRequest => withFields({ ...request, body: theft }, fields)
  const sha512 = contentDigest(theft, 'sha-512')
  const own = signAnew(request, bank, bank.key.thumbprint, theft)
  const tokenId = String(readPayload(fieldOf(request, 'Authorization'))['jti'])
  // What everybody knows, as what she and the bank share.
  const secrets = ['', tokenId, JSON.stringify(readHeader(fieldOf(request, 'DPoP'))['jwk'])]
  return [
    steal({}),
    steal({ 'Content-Digest': contentDigest(theft) }),
    steal({ 'Content-Digest': undefined }),
    steal({ 'Content-Digest': [digest, contentDigest(theft)] }),
    steal({ 'Content-Digest': `${digest}, ${sha512}` }),
    steal({ 'Content-Digest': sha512 }),
    // Less is covered than before.
    ...[
      ' "content-digest"',
      ' "content-type"',
      ' "@target-uri"',
      ' "authorization"',
      ' "content-digest" "content-type"',
    ].map((component) =>
      steal({ 'Content-Digest': contentDigest(theft), 'Signature-Input': input.replace(component, '') }),
    ),
    steal({ 'Content-Digest': undefined, 'Signature-Input': input.replace(' "content-digest"', '') }),
    own,
    signAnew(request, bank, /keyid="([^"]*)"/.exec(input)?.[1] ?? '', theft),
    ...[...secrets, ...(keys === undefined ? [] : [keys.signing])].map((secret) =>
      signByHmac(request, bank, secret, theft),
    ),
    // Beside hers.
    steal({
      ...{ 'Content-Digest': contentDigest(theft) },
      'Signature-Input': [input, fieldOf(own, 'Signature-Input').replace('countersign', 'other')],
      Signature: [fieldOf(request, 'Signature'), fieldOf(own, 'Signature').replace('countersign', 'other')],
    }),
    // The same body, somewhere else, or read as something else.
    { ...request, path: `${request.path}?${theft}` },
    { ...request, path: '/payments' },
    withFields(request, { 'Content-Type': 'application/json' }),
  ]
}

/** Another body under a signature by what is said to be the session key of the token. */
export function signByHmac(request: PassingRequest, bank: Bank, secret: string | Buffer, body: string): PassingRequest {
  const tokenId = String(readPayload(fieldOf(request, 'Authorization'))['jti'])
  const params = paramsOf(request, tokenId, 'hmac-sha256')
  const changed = { ...request, body }
  const makeSignature = (base: string): Buffer => createHmac('sha256', secret).update(base).digest()
  return withFields(changed, signOtherwise(signable(changed, bank), params, makeSignature))
}

function signAnew(request: PassingRequest, bank: Bank, keyId: string, body: string): PassingRequest {
  const params = paramsOf(request, keyId, 'ecdsa-p256-sha256')
  const changed = { ...request, body }
  const makeSignature = (base: string): Buffer => signEs256(base, bank.key.privateKey)
  return withFields(changed, signOtherwise(signable(changed, bank), params, makeSignature))
}

/** The parameters of alice's signature, but for who signs how. */
function paramsOf(request: PassingRequest, keyId: string, alg: string): string {
  const params = fieldOf(request, 'Signature-Input').replace('countersign=', '')
  return params.replace(/keyid="[^"]*";alg="[^"]*"/, `keyid="${keyId}";alg="${alg}"`)
}

/** Another payment without alice's signature, in every way that a reader might let pass. */
export function stripSignature(request: PassingRequest): readonly PassingRequest[] {
  const input = fieldOf(request, 'Signature-Input')
  const digest = { 'Content-Digest': contentDigest(theft) }
  const steal = (fields: Fields): PassingRequest => withFields({ ...request, body: theft }, { ...digest, ...fields })
  const signature = Buffer.from(/:(.*):/.exec(fieldOf(request, 'Signature'))?.[1] ?? '', 'base64')
  const otherwise = [0, 1, 32, 63].map((bytes) => signature.subarray(0, bytes))
  return [
    steal({ Signature: undefined, 'Signature-Input': undefined }),
    steal({ Signature: undefined, 'Signature-Input': undefined, 'Content-Digest': undefined }),
    steal({ Signature: undefined }),
    steal({ 'Signature-Input': undefined }),
    steal({ Signature: '' }),
    ...[...otherwise, Buffer.alloc(64)].map((bytes) =>
      steal({ Signature: `countersign=:${bytes.toString('base64')}:` }),
    ),
    steal({ 'Signature-Input': input.replace('tag="countersign"', 'tag="other"') }),
    steal({ 'Signature-Input': input.replace(/alg="[^"]*"/, 'alg="none"') }),
    steal({ 'Signature-Input': input.replace(/\([^)]*\)/, '()') }),
  ]
}

/** Undefined takes a field away. */
function withFields(request: PassingRequest, fields: Fields): PassingRequest {
  const all = Object.entries({ ...request.headers, ...fields })
  const headers = Object.fromEntries(
    all.filter((entry): entry is [string, string | readonly string[]] => entry[1] !== undefined),
  )
  return { ...request, headers }
}
