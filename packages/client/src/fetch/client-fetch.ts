/**
 * Calls an API: with a token that is good, and the proofs that the caller wants. Repeats a call that was refused for what
 * is mended by then: a nonce, a clock, an expired token.
 */

import { ClientError } from '../client-error.ts'
import { isClockMoved } from '../origins.ts'
import type { OriginFacts } from '../origins.ts'
import { ownSessions, pickSession } from '../session/pick-session.ts'
import { sessionWithToken } from '../session/session-tokens.ts'
import type { ClientStorage, StoredSession } from '../storage/client-storage.ts'
import { send } from '../wire.ts'
import type { Wire } from '../wire.ts'
import { isRepeatable, readCall } from './call.ts'
import type { Call } from './call.ts'
import { prove } from './prove.ts'
import type { CallProofs } from './prove.ts'

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
  /** Uses a token that is good for this call only. */
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
  const isOnceOnly = singleUse && !isRepeatable(call)
  const first = await attempt(call, session, proofs, wire).catch((error: unknown) => {
    throw isOnceOnly ? explainUnknownOutcome(error) : error
  })
  const reason = reasonToRepeat(first, wire.origins.facts(call.url), session, wire)
  if (reason === undefined) return first.open()
  if (isOnceOnly) throw notRepeated(reason)
  await first.response.body?.cancel()
  const not = session.accessToken.text
  const again = reason === 'expired' ? await sessionWithToken(session, { ...needs, not }, storage, wire) : session
  return (await attempt(call, again, proofs, wire)).open()
}

interface Attempt {
  readonly response: Response
  /** What it went by. */
  readonly facts: OriginFacts
  /** The answer as the caller gets it: opened, where it is sealed. */
  open(): Promise<Response>
}

async function attempt(call: Call, session: StoredSession, proofs: CallProofs, wire: Wire): Promise<Attempt> {
  const facts = wire.origins.facts(call.url)
  const { nonce, aheadSeconds } = facts
  const { headers, body, open } = await prove(call, session, proofs, { nonce, now: wire.clock() + aheadSeconds })
  const { method, url, rest } = call
  const response = await send(wire, url, { ...rest, method, headers, ...(body !== undefined && { body }) })
  return { response, facts, open: () => open(response) }
}

type Reason = 'nonce' | 'clock' | 'expired'

/** A token that has just expired, here or there, may be refused on its way. */
const nearExpirySeconds = 60

/** Only a 401 with a challenge is sure to come from the guard, before the API has done anything. */
function reasonToRepeat(
  { response: { status, headers }, facts: before }: Attempt,
  now: OriginFacts,
  { accessToken }: StoredSession,
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
      return accessToken.expiresAt - clock() < nearExpirySeconds ? 'expired' : undefined
    default:
      return undefined
  }
}

function notRepeated(reason: Reason): ClientError {
  const asked = { nonce: 'a proof with its nonce', clock: 'a proof by its clock', expired: 'a fresh token' }[reason]
  return new ClientError(
    'request_not_repeated',
    `the API wants ${asked} and did nothing; this call is for once, so call again yourself, or add an Idempotency-Key header`,
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
