/**
 * Puts together what a call sends. Its content (the body as it travels, sealed and signed) is made once: sent again, the
 * guard knows it again. The DPoP proof is made for each attempt.
 */

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

export interface Content {
  /** Whose token it goes with. */
  readonly session: StoredSession
  /** All but the DPoP proof. */
  readonly headers: Headers
  readonly body: Bytes | undefined
  /** Answers the response as the caller gets it. */
  readonly open: (response: Response) => Promise<Response>
}

/** @throws {ClientError} `token_not_bound`, `session_keys_refused`, `body_too_large`, `sealed_request_refused` */
export async function makeContent(
  call: Call,
  session: StoredSession,
  proofs: CallProofs,
  { now }: Receiver,
): Promise<Content> {
  const { url, method } = call
  const { scheme, text } = session.accessToken
  if (proofs.proof !== 'none' && scheme !== 'DPoP') {
    throw new ClientError(
      'token_not_bound',
      "the server bound the token to no key: update it, or send the token as it is with proof: 'none'",
    )
  }
  const content = proofs.sealed ? await sealCall(call, session, now) : clearCall(call, session)
  const { headers, body } = content
  headers.set('Authorization', `${scheme} ${text}`)
  // Last: the guard looks at the bytes that travel, sealed or not.
  if (proofs.proof === 'signature') {
    await signRequest({ method, url, headers, body, now }, session, proofs.signWith)
  }
  return content
}

/** Answers the header fields of one attempt, with a proof of its own if the token is bound. */
export async function proveAttempt(
  { method, url }: Call,
  { session, headers }: Content,
  { nonce, now }: Receiver,
): Promise<Headers> {
  const { scheme, text: accessToken } = session.accessToken
  const proven = new Headers(headers)
  if (scheme === 'DPoP') {
    proven.set('DPoP', await makeDpopProof(session.proofKey, { method, url, now, nonce, accessToken }))
  }
  return proven
}

function clearCall({ headers, body }: Call, session: StoredSession): Content {
  return { session, headers: new Headers(headers), body, open: async (response) => response }
}

async function sealCall(call: Call, session: StoredSession, now: number): Promise<Content> {
  const { text: accessToken } = session.accessToken
  const { sealing, opening } = sessionKeysOf(session.accessToken)
  const { method, url, body } = call
  const contentType = call.headers.get('content-type') ?? undefined
  const jwe = await sealRequest({ method, url, contentType, body, accessToken, now }, sealing)
  const headers = new Headers(call.headers)
  const open = (response: Response): Promise<Response> => openAnswer(response, jwe, opening)
  if (method === 'GET') {
    // `fetch` sends no body with it.
    headers.set(sealedRequestField, jwe)
    return { session, headers, body: undefined, open }
  }
  headers.set('Content-Type', sealedMediaType)
  return { session, headers, body: utf8(jwe), open }
}
