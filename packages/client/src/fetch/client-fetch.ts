/**
 * Calls an API: with a token that is good, and the proofs that the caller wants. Repeats a call that was refused for what
 * is mended by then: a nonce, a clock, an expired token.
 *
 * That it was refused is what the answer says, and whoever stands in between can say so too, after the API has done it. So
 * what is signed or sealed is sent again as it was, which a guard takes once; or not at all, but for calls that change
 * nothing, and those that the API can tell to be one by a signed `Idempotency-Key`.
 */

import { ClientError } from '../client-error.ts'
import { isClockMoved } from '../origins.ts'
import type { OriginFacts } from '../origins.ts'
import { ownSessions, pickSession } from '../session/pick-session.ts'
import { sessionWithToken } from '../session/session-tokens.ts'
import type { ClientStorage, StoredSession } from '../storage/client-storage.ts'
import { send } from '../wire.ts'
import type { Wire } from '../wire.ts'
import { isKeyed, isSafe, readCall } from './call.ts'
import type { Call } from './call.ts'
import { makeContent, proveAttempt } from './prove.ts'
import type { CallProofs, Content, Receiver } from './prove.ts'

export interface CallOptions extends RequestInit {
  /**
   * What goes with the token. `dpop` (the default): a proof of the key that the token is bound to; a token that is bound to
   * none is not sent. `signature`: besides, the method, URL, token and body are signed. `none`: nothing is asked for; a bound
   * token still brings its proof, because it is worth nothing without.
   */
  readonly proof?: 'none' | 'dpop' | 'signature'
  /**
   * What signs. `proof-key` (the default): the key that the token is bound to. `session-key`: a key that came with the
   * token, which is far cheaper to verify, and which whoever saw the token's arrival has too.
   */
  readonly signWith?: 'proof-key' | 'session-key'
  /** Uses a token that is good for this call only. One that changes something is repeated only with a signed `Idempotency-Key`. */
  readonly singleUse?: boolean
  /** Seals the body, and takes only a sealed answer for success. Path, query and headers stay readable. */
  readonly sealed?: boolean
  /** The API whose session to use; by default the one whose URI is the longest beginning of the URL. */
  readonly resource?: string
  /** A redirect is an error (the default) or an answer. None is followed: it would carry the proofs to whoever it names. */
  readonly redirect?: 'error' | 'manual'
}

/**
 * Answers as `fetch` does: a refusal is an answer, too.
 *
 * @throws {ClientError} `not_signed_in`, `session_ended`, `token_not_bound`, `request_not_repeated`, `url_insecure`,
 * `network_failed`, and for sealed calls `session_keys_refused`, `body_too_large`, `sealed_…`
 */
export async function clientFetch(
  input: string | URL,
  options: CallOptions,
  storage: ClientStorage,
  wire: Wire,
): Promise<Response> {
  const { proof = 'dpop', signWith = 'proof-key', singleUse = false, sealed = false, resource, ...init } = options
  const call = await readCall(input, init)
  const picked = pickSession(await ownSessions(storage, wire), call.url, resource)
  const needs = { singleUse, sessionKeys: sealed || (proof === 'signature' && signWith === 'session-key') }
  const session = await sessionWithToken(picked, needs, storage, wire)

  const proofs = { proof, signWith, sealed }
  const isOnceOnly = singleUse && !isSafe(call) && !(proof === 'signature' && isKeyed(call))
  const make = (by: StoredSession) => (receiver: Receiver) => makeContent(call, by, proofs, receiver)
  const first = await attempt(call, make(session), wire).catch((error: unknown) => {
    throw isOnceOnly ? explainUnknownOutcome(error) : error
  })
  const { response, facts: before, content } = first
  const now = wire.origins.facts(call.url)
  const reason = reasonToRepeat(first, now, wire)
  if (reason === undefined) return content.open(response)
  const mayBeAnew = mayBeMadeAnew(call, proofs)
  const isAnew = reason !== 'nonce' || (mayBeAnew && isClockMoved(before, now))
  if (isOnceOnly || (isAnew && !mayBeAnew)) throw notRepeated(reason, proofs)
  await response.body?.cancel()
  const not = session.accessToken.text
  const by = reason === 'expired' ? await sessionWithToken(session, { ...needs, not }, storage, wire) : session
  const second = await attempt(call, isAnew ? make(by) : async () => content, wire)
  if (await isReplay(second.response)) throw takenBefore()
  return second.content.open(second.response)
}

interface Attempt {
  readonly response: Response
  /** What it went by. */
  readonly facts: OriginFacts
  readonly content: Content
}

async function attempt(
  call: Call,
  makeContent: (receiver: Receiver) => Promise<Content>,
  wire: Wire,
): Promise<Attempt> {
  const facts = wire.origins.facts(call.url)
  const receiver = { nonce: facts.nonce, now: wire.clock() + facts.aheadSeconds }
  const content = await makeContent(receiver)
  const headers = await proveAttempt(call, content, receiver)
  const { method, url, rest } = call
  const { body } = content
  const response = await send(wire, url, { ...rest, method, headers, ...(body !== undefined && { body }) })
  return { response, facts, content }
}

/**
 * Whether the call may go out a second time as another one. Signed or sealed it shall be done once, whoever stands in
 * between: then it is told from another by its key alone, if nobody can exchange that.
 */
function mayBeMadeAnew(call: Call, { proof, sealed }: CallProofs): boolean {
  return isSafe(call) || (proof === 'signature' ? isKeyed(call) : !sealed)
}

type Reason = 'nonce' | 'clock' | 'expired'

/** A token that has just expired, here or there, may be refused on its way. */
const nearExpirySeconds = 60

function reasonToRepeat(
  { response: { status, headers }, facts: before, content }: Attempt,
  now: OriginFacts,
  { clock }: Wire,
): Reason | undefined {
  const error = status === 401 ? /error="(\w+)"/.exec(headers.get('www-authenticate') ?? '')?.[1] : undefined
  switch (error) {
    case 'use_dpop_nonce':
      return before.nonce === now.nonce ? undefined : 'nonce'
    case 'invalid_dpop_proof':
    case 'invalid_request':
      return isClockMoved(before, now) ? 'clock' : undefined
    case 'invalid_token':
      return content.session.accessToken.expiresAt - clock() < nearExpirySeconds ? 'expired' : undefined
    default:
      return undefined
  }
}

/** How guards refuse what they have taken before. */
const replayCodes: readonly unknown[] = ['signature_replayed', 'sealed_replayed', 'token_replayed']

async function isReplay(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  const text = await response.clone().text()
  try {
    return replayCodes.includes((JSON.parse(text) as { readonly code?: unknown } | null)?.code)
  } catch {
    return false
  }
}

function takenBefore(): ClientError {
  return new ClientError(
    'request_not_repeated',
    'the API has taken this call before, and somebody on the way kept its answer back: nobody knows what became of it, so look there before you call again',
  )
}

function notRepeated(reason: Reason, { proof }: CallProofs): ClientError {
  const asked = { nonce: 'a proof with its nonce', clock: 'a proof by its clock', expired: 'a fresh token' }[reason]
  const needed = proof === 'signature' ? 'an Idempotency-Key' : 'a signature and an Idempotency-Key'
  return new ClientError(
    'request_not_repeated',
    `the answer asks for ${asked}, and anybody on the way can have made it up after the call was done: look there before you call again. With ${needed} it would be repeated`,
  )
}

function explainUnknownOutcome(error: unknown): unknown {
  if (!(error instanceof ClientError) || error.code !== 'network_failed') return error
  return new ClientError(
    'request_not_repeated',
    'the connection failed and nobody knows whether the API has done it: look there before you call again',
    { cause: error },
  )
}
