/**
 * The OAuth error codes that Countersign speaks, their HTTP status, and the one error this package throws.
 *
 * Turning an error into a response is left to the server's `http/` and to the guard's adapters.
 */

/** Why a request was refused, as on the wire. Stable. */
export type OAuthErrorCode =
  // RFC 6749 §4.1.2.1, §5.2
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'
  // RFC 6750 §3.1, RFC 9470 §3
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  // RFC 9449 §5, §7.1, §8, §9: 400 from the server, 401 from a protected resource
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  // RFC 7009 §2.2.1
  | 'unsupported_token_type'
  // RFC 8707 §2
  | 'invalid_target'
  // draft-ietf-oauth-first-party-apps-04 §5.2.2; `invalid_credentials` and `slow_down` (429 here) are ours
  | 'insufficient_authorization'
  | 'invalid_session'
  | 'invalid_credentials'
  | 'slow_down'

/** All that is known of a code. */
export const oauthErrors: Readonly<Record<OAuthErrorCode, { readonly status: number }>> = {
  invalid_request: { status: 400 },
  invalid_client: { status: 401 },
  invalid_grant: { status: 400 },
  unauthorized_client: { status: 400 },
  unsupported_grant_type: { status: 400 },
  unsupported_response_type: { status: 400 },
  invalid_scope: { status: 400 },
  access_denied: { status: 400 },
  server_error: { status: 500 },
  temporarily_unavailable: { status: 503 },
  invalid_token: { status: 401 },
  insufficient_scope: { status: 403 },
  insufficient_user_authentication: { status: 401 },
  invalid_dpop_proof: { status: 400 },
  use_dpop_nonce: { status: 400 },
  unsupported_token_type: { status: 400 },
  invalid_target: { status: 400 },
  insufficient_authorization: { status: 400 },
  invalid_session: { status: 400 },
  invalid_credentials: { status: 400 },
  slow_down: { status: 429 },
}

export interface OAuthErrorOptions extends ErrorOptions {
  /** HTTP status, where the transport knows better than the table (405, 413, 415 are all `invalid_request`). */
  readonly status?: number
  /** Response headers, e.g. `WWW-Authenticate`, `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
  /** More members of the JSON body, e.g. `auth_session`. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** The one error this package throws. Its description goes to the client: it never holds a token, key or secret. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, unknown>>

  constructor(code: OAuthErrorCode, description: string, options: OAuthErrorOptions = {}) {
    super(errorDescription(description), options)
    this.code = code
    this.status = options.status ?? oauthErrors[code].status
    this.headers = options.headers ?? {}
    this.fields = options.fields ?? {}
  }

  /** The JSON body of the error response. @see RFC 6749 §5.2 */
  toBody(): { readonly error: OAuthErrorCode; readonly error_description: string; readonly [field: string]: unknown } {
    return { ...this.fields, error: this.code, error_description: this.message }
  }
}

/** Text as "error_description" may hold it: printable ASCII without `"` and `\`. @see RFC 6749 §5.2 */
export function errorDescription(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20-\x5b\x5d-\x7e]/g, '?')
}
