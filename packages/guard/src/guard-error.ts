/**
 * Why the guard refuses a request: the closed set of codes, and what each looks like on the wire.
 *
 * Writing the answer is left to the adapters.
 */

import { STATUS_CODES } from 'node:http'
import { bearerChallenge } from '@countersign/protocol'
import type { BearerChallengeParams, OAuthErrorCode } from '@countersign/protocol'
import type { TokenErrorCode } from '@countersign/tokens'

/** Codes are stable; messages are for people and may change. */
export type GuardErrorCode =
  | 'missing_token' // no Authorization header, or one for another scheme
  | 'invalid_request' // two Authorization headers, or one that is not `Bearer <b64token>`
  | Exclude<Extract<TokenErrorCode, `token_${string}`>, 'token_decryption_failed'>
  | 'proof_required' // the token is bound to a key, and nothing here can verify its proof
  | 'insufficient_scope'
  | 'insufficient_user_authentication' // too long ago, or not of the kind that the route demands
  | 'single_use_required' // the route demands a single-use token, and this is none
  | 'token_replayed' // the single-use token was spent before
  | 'replay_store_reset' // issued before the store's memory begins, so it may have been spent
  | 'replay_store_full'
  | 'replay_store_unavailable'
  | 'replay_store_missing' // a single-use token, and no store was configured
  | 'keys_unavailable' // no JWK Set that is fresh enough

interface GuardErrorKind {
  readonly status: number
  /** The "error" of the challenge (RFC 6750 §3.1). */
  readonly error?: OAuthErrorCode
  readonly retryAfterSeconds?: number
}

const invalidToken: GuardErrorKind = { status: 401, error: 'invalid_token' }

/** All that is known of a code. */
export const guardErrors: Readonly<Record<GuardErrorCode, GuardErrorKind>> = {
  missing_token: { status: 401 },
  invalid_request: { status: 400, error: 'invalid_request' },
  token_malformed: invalidToken,
  token_too_large: invalidToken,
  token_algorithm_refused: invalidToken,
  token_header_refused: invalidToken,
  token_key_unknown: invalidToken,
  token_signature_invalid: invalidToken,
  token_expired: invalidToken,
  token_not_yet_valid: invalidToken,
  token_too_old: invalidToken,
  token_issuer_mismatch: invalidToken,
  token_audience_mismatch: invalidToken,
  token_type_mismatch: invalidToken,
  token_claim_missing: invalidToken,
  token_claim_invalid: invalidToken,
  proof_required: invalidToken,
  insufficient_scope: { status: 403, error: 'insufficient_scope' },
  insufficient_user_authentication: { status: 401, error: 'insufficient_user_authentication' },
  single_use_required: invalidToken,
  token_replayed: invalidToken,
  replay_store_reset: invalidToken,
  replay_store_full: { status: 503, retryAfterSeconds: 5 },
  replay_store_unavailable: { status: 503, retryAfterSeconds: 5 },
  // Not a passing state: nobody is told to try again.
  replay_store_missing: { status: 503 },
  keys_unavailable: { status: 503, retryAfterSeconds: 5 },
}

export interface GuardErrorOptions extends ErrorOptions {
  /** What the route demands, for the challenge. */
  readonly challenge?: Pick<BearerChallengeParams, 'scope' | 'acr' | 'maxAge'>
}

/** The one error of this package. Its message goes to the caller: it never holds a token, key or secret. */
export class GuardError extends Error {
  override readonly name = 'GuardError'
  readonly code: GuardErrorCode
  readonly status: number
  /** `WWW-Authenticate` where another token would help, `Retry-After` where another time would. */
  readonly headers: Readonly<Record<string, string>>

  constructor(code: GuardErrorCode, message: string, options: GuardErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.status = guardErrors[code].status
    this.headers = headersOf(guardErrors[code], message, options.challenge)
  }

  /** Problem details (RFC 9457), for `application/problem+json`. */
  toBody(): Readonly<Record<string, unknown>> {
    const { status, code, message } = this
    return { type: 'about:blank', title: STATUS_CODES[status], status, code, detail: message }
  }
}

function headersOf(
  { status, error, retryAfterSeconds }: GuardErrorKind,
  errorDescription: string,
  challenge: GuardErrorOptions['challenge'],
): Record<string, string> {
  if (status === 503) return retryAfterSeconds === undefined ? {} : { 'Retry-After': `${retryAfterSeconds}` }
  // Who sent no token learns only that one is needed (RFC 6750 §3.1).
  const params = error === undefined ? {} : { error, errorDescription, ...challenge }
  return { 'WWW-Authenticate': bearerChallenge(params) }
}
