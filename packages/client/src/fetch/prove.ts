/** Puts together one attempt at a call: its token, its proofs, its body as it travels. Each attempt is proven anew. */

import { sealedMediaType, sealedRequestField } from '@countersign/protocol'
import { utf8 } from '../base64url.ts'
import type { Bytes } from '../base64url.ts'
import { ClientError } from '../client-error.ts'
import { makeDpopProof } from '../proofs/dpop-proof.ts'
import { signRequest } from '../proofs/sign-request.ts'
import { openAnswer } from '../sealed/open-answer.ts'
import { sealRequest } from '../sealed/seal-request.ts'
import { sessionKeysOf } from '../session/session-keys.ts'
import type { StoredSession } from '../storage/client-storage.ts'
import type { Call } from './call.ts'

export interface CallProofs {
  readonly proof: 'none' | 'dpop' | 'signature'
  readonly signWith: 'proof-key' | 'session-key'
  readonly sealed: boolean
}

/** What proofs go by at the origin that the call is for. */
export interface Receiver {
  readonly nonce: string | undefined
  /** The time there, in seconds. */
  readonly now: number
}

export interface ProvenCall {
  readonly headers: Headers
  readonly body: Bytes | undefined
  /** Answers the response as the caller gets it. */
  readonly open: (response: Response) => Promise<Response>
}

/** @throws {ClientError} `token_not_bound`, `session_keys_refused`, `body_too_large`, `sealed_request_refused` */
export async function prove(
  call: Call,
  session: StoredSession,
  proofs: CallProofs,
  { nonce, now }: Receiver,
): Promise<ProvenCall> {
  const { url, method } = call
  const { accessToken, proofKey } = session
  const { scheme, text } = accessToken
  if (proofs.proof !== 'none' && scheme !== 'DPoP') {
    throw new ClientError(
      'token_not_bound',
      "the server bound the token to no key: update it, or send the token as it is with proof: 'none'",
    )
  }
  const { headers, body, open } = proofs.sealed ? await sealCall(call, session, now) : clearCall(call)
  headers.set('Authorization', `${scheme} ${text}`)
  if (scheme === 'DPoP') {
    headers.set('DPoP', await makeDpopProof(proofKey, { method, url, now, nonce, accessToken: text }))
  }
  // Last: the guard looks at the bytes that travel, sealed or not.
  if (proofs.proof === 'signature') {
    await signRequest({ method, url, headers, body, now }, session, proofs.signWith)
  }
  return { headers, body, open }
}

function clearCall({ headers, body }: Call): ProvenCall {
  return { headers: new Headers(headers), body, open: async (response) => response }
}

async function sealCall(call: Call, { accessToken }: StoredSession, now: number): Promise<ProvenCall> {
  const { sealing, opening } = sessionKeysOf(accessToken)
  const { method, url, body } = call
  const contentType = call.headers.get('content-type') ?? undefined
  const jwe = await sealRequest({ method, url, contentType, body, accessToken: accessToken.text, now }, sealing)
  const headers = new Headers(call.headers)
  const open = (response: Response): Promise<Response> => openAnswer(response, jwe, opening)
  if (method === 'GET') {
    // `fetch` sends no body with it.
    headers.set(sealedRequestField, jwe)
    return { headers, body: undefined, open }
  }
  headers.set('Content-Type', sealedMediaType)
  return { headers, body: utf8(jwe), open }
}
