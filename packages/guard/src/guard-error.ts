/**
 * Why the guard refuses a request: the closed set of codes, and what each looks like on the wire.
 *
 * Writing the answer is left to the adapters.
 */

import { STATUS_CODES } from 'node:http'
import { bearerChallenge, dpopChallenge } from '@countersign/protocol'
import type { ChallengeParams, OAuthErrorCode } from '@countersign/protocol'

interface GuardErrorAnswer {
  readonly status: number
  /** The "error" of the challenge (RFC 6750 §3.1, RFC 9449 §7.1). */
  readonly error?: OAuthErrorCode
  /** The scheme that would help, where it is not the one that the request came with. */
  readonly scheme?: 'DPoP'
  readonly retryAfterSeconds?: number
}

/** Each code, and the kind of answer that it gets. Codes are stable; messages are for people and may change. */
const kinds = {
  missing_token: 'noToken', // no Authorization header, or one for another scheme
  invalid_request: 'invalidRequest', // two Authorization headers, or one that is no token; a request target that is none
  token_malformed: 'invalidToken',
  token_too_large: 'invalidToken',
  token_algorithm_refused: 'invalidToken',
  token_header_refused: 'invalidToken',
  token_key_unknown: 'invalidToken',
  token_signature_invalid: 'invalidToken',
  token_expired: 'invalidToken',
  token_not_yet_valid: 'invalidToken',
  token_issuer_mismatch: 'invalidToken',
  token_audience_mismatch: 'invalidToken',
  token_type_mismatch: 'invalidToken',
  token_claim_missing: 'invalidToken',
  token_claim_invalid: 'invalidToken',
  proof_required: 'invalidToken', // the token is bound to a key, and nothing here can verify its proof
  insufficient_scope: 'insufficientRights',
  insufficient_role: 'insufficientRights',
  insufficient_user_authentication: 'insufficientAuthentication', // too long ago, or not of the kind that is demanded
  single_use_required: 'invalidToken', // the route demands a single-use token, and this is none
  token_replayed: 'invalidToken', // the single-use token was spent before

  // RFC 9449.
  dpop_proof_required: 'tokenNeedsDpop', // demanded here, or by the token's "jkt"
  dpop_proof_duplicated: 'invalidDpopProof', // two DPoP headers
  dpop_proof_malformed: 'invalidDpopProof', // not a compact JWS of two JSON objects
  dpop_proof_too_large: 'invalidDpopProof',
  dpop_type_mismatch: 'invalidDpopProof',
  dpop_algorithm_refused: 'invalidDpopProof',
  dpop_key_refused: 'invalidDpopProof', // "jwk" is missing, private, symmetric or unsound
  dpop_header_refused: 'invalidDpopProof', // the header names a second key, or demands an extension
  dpop_signature_invalid: 'invalidDpopProof',
  dpop_claim_missing: 'invalidDpopProof',
  dpop_claim_invalid: 'invalidDpopProof', // a claim of the wrong type
  dpop_method_mismatch: 'invalidDpopProof',
  dpop_uri_mismatch: 'invalidDpopProof',
  dpop_proof_expired: 'invalidDpopProof',
  dpop_proof_in_future: 'invalidDpopProof',
  dpop_token_mismatch: 'invalidDpopProof', // "ath" is another token's
  dpop_key_mismatch: 'tokenNeedsDpop', // the token is bound to another key
  dpop_token_unbound: 'tokenNeedsDpop', // the token is bound to no key
  dpop_nonce_required: 'useDpopNonce',
  dpop_nonce_refused: 'useDpopNonce', // not one of ours, or too old
  dpop_proof_replayed: 'invalidDpopProof',

  // RFC 8705, RFC 9440.
  certificate_required: 'invalidToken', // demanded here, or by the token's "x5t#S256"
  certificate_malformed: 'invalidToken',
  certificate_duplicated: 'invalidToken', // two headers with a certificate
  certificate_source_refused: 'invalidToken', // a header with a certificate, from an address that is not a proxy of ours
  certificate_mismatch: 'invalidToken', // the token is bound to another certificate
  certificate_token_unbound: 'invalidToken', // the token is bound to none

  // RFC 9421, RFC 9530.
  signature_required: 'proofRefused',
  signature_malformed: 'proofRefused',
  signature_duplicated: 'proofRefused',
  signature_component_missing: 'proofRefused',
  signature_component_refused: 'proofRefused',
  signature_parameter_missing: 'proofRefused',
  signature_parameter_invalid: 'proofRefused',
  signature_algorithm_refused: 'proofRefused',
  signature_key_unknown: 'proofRefused',
  signature_invalid: 'proofRefused',
  signature_expired: 'proofRefused',
  signature_in_future: 'proofRefused',
  signature_replayed: 'proofRefused',
  digest_missing: 'proofRefused',
  digest_malformed: 'proofRefused',
  digest_mismatch: 'proofRefused',
  session_key_unavailable: 'proofRefused', // the token has no session keys, or of a version that is not configured here

  sealed_required: 'proofRefused',
  sealed_malformed: 'proofRefused',
  sealed_header_refused: 'proofRefused',
  sealed_decryption_failed: 'proofRefused',
  sealed_mismatch: 'proofRefused', // sealed for another request
  sealed_expired: 'proofRefused',
  sealed_in_future: 'proofRefused',
  sealed_replayed: 'proofRefused',

  // draft-ietf-oauth-status-list.
  token_revoked: 'invalidToken',
  status_missing: 'invalidToken', // the token refers to no status list
  status_list_refused: 'invalidToken', // it refers to a list that is not of its issuer, or to a place that no list has
  status_unavailable: 'unavailable', // the list cannot be had, and the last one has ended
  status_list_invalid: 'unavailable', // what came instead of the list is none

  body_too_large: 'bodyTooLarge',
  body_incomplete: 'bodyIncomplete', // the client went before its end
  answer_unsealable: 'answerUnsealable', // what the handler answered is too large to be sealed, or encoded
  replay_store_reset: 'invalidToken', // issued before the store's memory begins, so it may have been spent
  replay_store_full: 'unavailable',
  replay_store_unavailable: 'unavailable',
  replay_store_missing: 'storeMissing', // a single-use token or a proof, and no store was configured
  keys_unavailable: 'unavailable', // no JWK Set that is fresh enough
} as const

export type GuardErrorCode = keyof typeof kinds

const answers: Readonly<Record<(typeof kinds)[GuardErrorCode], GuardErrorAnswer>> = {
  noToken: { status: 401 },
  invalidRequest: { status: 400, error: 'invalid_request' },
  invalidToken: { status: 401, error: 'invalid_token' },
  insufficientRights: { status: 403, error: 'insufficient_scope' },
  insufficientAuthentication: { status: 401, error: 'insufficient_user_authentication' },
  tokenNeedsDpop: { status: 401, error: 'invalid_token', scheme: 'DPoP' },
  invalidDpopProof: { status: 401, error: 'invalid_dpop_proof', scheme: 'DPoP' },
  useDpopNonce: { status: 401, error: 'use_dpop_nonce', scheme: 'DPoP' },
  // The token is good: another one would not help.
  proofRefused: { status: 401, error: 'invalid_request' },
  bodyTooLarge: { status: 413 },
  bodyIncomplete: { status: 400 },
  answerUnsealable: { status: 500 },
  unavailable: { status: 503, retryAfterSeconds: 5 },
  // Not a passing state: nobody is told to try again.
  storeMissing: { status: 503 },
}

/** All that is known of a code. */
export const guardErrors: Readonly<Record<GuardErrorCode, GuardErrorAnswer>> = Object.fromEntries(
  Object.entries(kinds).map(([code, kind]) => [code, answers[kind]]),
) as Record<GuardErrorCode, GuardErrorAnswer>

export interface GuardErrorOptions extends ErrorOptions {
  /** What the route demands, for the challenge. */
  readonly challenge?: Pick<ChallengeParams, 'scope' | 'acr' | 'maxAge'>
  /** That of the credentials that came, or of those that the route asks for. Default `Bearer`. */
  readonly scheme?: 'Bearer' | 'DPoP'
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The one error of this package. Its message goes to the caller: it never holds a token, key or secret. */
export class GuardError extends Error {
  override readonly name = 'GuardError'
  readonly code: GuardErrorCode
  readonly status: number
  /** `WWW-Authenticate` where other credentials would help, `Retry-After` where another time would. */
  readonly headers: Readonly<Record<string, string>>
  readonly #options: GuardErrorOptions

  constructor(code: GuardErrorCode, message: string, options: GuardErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.status = guardErrors[code].status
    this.headers = { ...headersOf(guardErrors[code], message, options), ...options.headers }
    this.#options = options
  }

  /** The same refusal, to a request of this scheme, with these headers. */
  answering(wire: Pick<GuardErrorOptions, 'scheme' | 'headers'>): GuardError {
    return new GuardError(this.code, this.message, { ...this.#options, ...wire })
  }

  /** Problem details (RFC 9457), for `application/problem+json`. */
  toBody(): Readonly<Record<string, unknown>> {
    const { status, code, message } = this
    return { type: 'about:blank', title: STATUS_CODES[status], status, code, detail: message }
  }
}

function headersOf(
  { status, error, scheme, retryAfterSeconds }: GuardErrorAnswer,
  errorDescription: string,
  { challenge, scheme: requestScheme }: GuardErrorOptions,
): Record<string, string> {
  if (retryAfterSeconds !== undefined) return { 'Retry-After': `${retryAfterSeconds}` }
  // What is left of the body would be taken for the next request.
  if (status === 413) return { Connection: 'close' }
  if (status !== 401 && error === undefined) return {}
  // Who sent no token learns only that one is needed (RFC 6750 §3.1).
  const params = error === undefined ? {} : { error, errorDescription, ...challenge }
  const write = (scheme ?? requestScheme) === 'DPoP' ? dpopChallenge : bearerChallenge
  return { 'WWW-Authenticate': write(params) }
}
