/**
 * Why a request that came in a good envelope was refused. The answer says so, inside an envelope of its own.
 */

/** In the order of the checks. */
export type RejectionReason =
  | 'malformed'
  | 'stale_message'
  | 'replayed_nonce'
  | 'busy' // as many nonces are kept as there is room for
  | 'throttled'
  | 'bad_credentials'
  | 'invalid_token'
  | 'token_expired'
  | 'session_mismatch' // the token was issued on another connection
  | 'unknown_action'
  | 'invalid_amount'
  | 'insufficient_funds'

export class Rejection extends Error {
  override readonly name = 'Rejection'
  readonly code: RejectionReason

  constructor(code: RejectionReason, options?: ErrorOptions) {
    super(`the request was rejected: ${code}`, options)
    this.code = code
  }
}
