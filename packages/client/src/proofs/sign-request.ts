/**
 * Signed requests (RFC 9421): method, URL, token and body, with its type and encoding, and the `Idempotency-Key`, under one
 * signature, so that none of them can be changed or sent again.
 */

import {
  formatContentDigest,
  formatSignature,
  formatSignatureInput,
  formatSignatureParams,
  requestComponents,
  sealedRequestField,
  signatureBase,
  signatureTag,
} from '@countersign/protocol'
import type { SignatureAlgorithm, SignatureComponent } from '@countersign/protocol'
import { utf8 } from '../base64url.ts'
import type { Bytes } from '../base64url.ts'
import { exportProofJwk, randomText, sha256, signWithProofKey, signWithSessionKey, thumbprint } from '../crypto.ts'
import { readJwtClaims } from '../session/jwt-claims.ts'
import { sessionKeysOf } from '../session/session-keys.ts'
import type { StoredSession } from '../storage/client-storage.ts'
import { targetUri } from './target-uri.ts'

export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
  /** With the token in it. The signature is added. */
  readonly headers: Headers
  readonly body: Bytes | undefined
  /** The time at the receiver, in seconds. */
  readonly now: number
}

/** Long enough for a slow network, and for clocks that differ a little. */
const lifetimeSeconds = 60

/** @throws {ClientError} `session_keys_refused`; `answer_malformed` for a token that cannot be read: a session key goes by its ID. */
export async function signRequest(
  { method, url, headers, body, now }: OutgoingRequest,
  session: StoredSession,
  signWith: 'proof-key' | 'session-key',
): Promise<void> {
  if (body !== undefined) headers.set('Content-Digest', formatContentDigest('sha-256', await sha256(body)))
  const { alg, keyId, sign } = await pickSigner(session, signWith)
  const components = coveredComponents(headers, body)
  const params = formatSignatureParams(components, {
    created: now,
    expires: now + lifetimeSeconds,
    nonce: randomText(),
    keyid: keyId,
    alg,
    tag: signatureTag,
  })
  const fieldLines = (name: string): readonly string[] => [headers.get(name) ?? '']
  const base = signatureBase(components, params, { method, targetUri: targetUri(url), fieldLines })
  if (base === undefined)
    throw new TypeError('the method, URL, content type or Idempotency-Key holds what cannot be signed')
  headers.set('Signature-Input', formatSignatureInput(params))
  headers.set('Signature', formatSignature(await sign(utf8(base))))
}

/** With the type of the body, read as another of which the same bytes say something else; and with what guards demand. */
function coveredComponents(headers: Headers, body: Bytes | undefined): readonly SignatureComponent[] {
  const [components, type] =
    body === undefined ? [requestComponents('without-body'), []] : [requestComponents('with-body'), ['content-type']]
  const names = [...type, 'content-encoding', 'idempotency-key', sealedRequestField].filter((name) => headers.has(name))
  return [...components, ...names.map((name) => ({ name }))]
}

interface Signer {
  readonly alg: SignatureAlgorithm
  readonly keyId: string
  readonly sign: (data: Bytes) => Promise<Bytes>
}

async function pickSigner(
  { proofKey, accessToken }: StoredSession,
  signWith: 'proof-key' | 'session-key',
): Promise<Signer> {
  if (signWith === 'session-key') {
    const sessionKeys = sessionKeysOf(accessToken)
    const keyId = String(readJwtClaims(accessToken.text, 'the access token')['jti'])
    return { alg: 'hmac-sha256', keyId, sign: (data) => signWithSessionKey(sessionKeys, data) }
  }
  const keyId = await thumbprint(await exportProofJwk(proofKey))
  return { alg: 'ecdsa-p256-sha256', keyId, sign: (data) => signWithProofKey(proofKey, data) }
}
