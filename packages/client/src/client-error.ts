/** The one error of this package: a closed set of codes, and messages that say what to do. */

/** Why something could not be done. Codes are stable; messages are for people and may change. */
export type ClientErrorCode =
  // Signing in
  | 'credentials_refused' // what the person gave is wrong: ask again
  | 'too_many_attempts' // wait `retryAfterSeconds`
  | 'sign_in_expired' // the sign-in took too long or failed too often: start anew
  | 'sign_in_refused' // the server does not let this client sign people in this way; see `serverCode`
  | 'origin_refused' // a page that is not the issuer's asks for credentials
  // Sessions
  | 'not_signed_in' // there is no session for this URL or resource: sign in
  | 'session_ended' // revoked, expired or reused: it has been removed here; sign in again
  | 'token_refused' // the server refuses what is asked of a live session; see `serverCode`
  | 'token_not_bound' // the server bound the token to no key, so that it would be worth stealing
  | 'session_keys_refused' // the API has no session keys, which sealing needs
  // Requests
  | 'url_insecure' // neither https nor this machine
  | 'request_not_repeated' // it may have been done, and the API could not tell the next one from another call
  | 'body_too_large' // more than a sealed body can hold
  | 'sealed_request_refused' // HEAD, whose answer has no body to be sealed in
  | 'sealed_answer_clear' // success came unsealed
  | 'sealed_answer_refused' // not this request's answer, changed, or not to be opened
  // Around it
  | 'network_failed' // nobody answered
  | 'server_failed' // the server cannot answer now: try later
  | 'answer_malformed' // what came is not what the protocol says
  | 'storage_failed' // the session cannot be read or kept

export interface ClientErrorOptions extends ErrorOptions {
  readonly serverCode?: string | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** The one error this package throws. Its message never holds a token, key or password. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** The `error` that the server answered, where it did (RFC 6749 §5.2). */
  readonly serverCode: string | undefined
  /** How long to wait, where the server said so. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.serverCode = options.serverCode
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
