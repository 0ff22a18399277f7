/**
 * Errors as answers. The only place that knows both shapes; routes throw `OAuthError` or `ProblemError`.
 *
 * What is neither, nor a refusal that Fastify itself makes, is a bare 500: its text may hold anything.
 */

import { GuardError, guardErrors } from '@countersign/guard'
import { OAuthError } from '@countersign/protocol'
import type { OAuthErrorCode } from '@countersign/protocol'
import { KeyRingError } from '../keys/key-ring-error.ts'
import { StoreError } from '../store/store-error.ts'
import { unsupportedBody } from './body-parsers.ts'
import { ProblemError } from './problem.ts'
import { statusText } from './status-text.ts'
import type { Surface } from './surface.ts'

export interface RenderedError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly contentType: string
  readonly body: Readonly<Record<string, unknown>>
  /** The stable code, for logs and metrics. */
  readonly code: string
  /** Not the client's doing: to be logged. */
  readonly failure: boolean
}

export function renderError(error: unknown, surface: Surface): RenderedError {
  const outage = isOutage(error)
  const refusal = outage ? unavailable(error) : toRefusal(error)
  const failure = outage || refusal === undefined
  const { status, headers, code } = refusal ?? { status: 500, headers: {}, code: 'server_error' }
  if (surface === 'oauth') {
    const body = refusal === undefined ? { error: code } : oauthBody(refusal)
    return { status, headers, contentType: 'application/json', body, code, failure }
  }
  // RFC 9457 §4.2.1: without a type of its own, a problem's title is the status phrase; `code` tells problems apart.
  const base = { type: 'about:blank', title: statusText(status), status, code }
  const errors = refusal instanceof ProblemError && refusal.errors.length > 0 ? { errors: refusal.errors } : {}
  const body = refusal === undefined ? base : { ...base, detail: refusal.message, ...errors }
  return { status, headers, contentType: 'application/problem+json', body, code, failure }
}

/** Fails closed, but passes: the client may try again. */
function isOutage(error: unknown): boolean {
  return (error instanceof StoreError || error instanceof KeyRingError) && outages.has(error.code)
}

const outages: ReadonlySet<string> = new Set(['store_busy', 'store_unavailable', 'store_closed', 'key_ring_stale'])

function unavailable(cause: unknown): ProblemError {
  const headers = { 'retry-after': '5' }
  return new ProblemError(503, 'temporarily_unavailable', 'the server cannot do this now', { headers, cause })
}

type Refusal = OAuthError | ProblemError | GuardError

function toRefusal(error: unknown): Refusal | undefined {
  if (error instanceof OAuthError || error instanceof ProblemError || error instanceof GuardError) return error
  // Fastify's own refusals: their codes are known, their messages may repeat what the client sent.
  return error instanceof Error && 'code' in error ? frameworkRefusals.get(error.code)?.() : undefined
}

function oauthBody(refusal: Refusal): RenderedError['body'] {
  if (refusal instanceof OAuthError) return refusal.toBody()
  const fields = refusal instanceof ProblemError ? refusal.errors : []
  const description = fields.map(({ field, detail }) => `${field} ${detail}`).join('; ')
  return new OAuthError(oauthCode(refusal), description || refusal.message).toBody()
}

function oauthCode(refusal: ProblemError | GuardError): OAuthErrorCode {
  const own = refusal instanceof GuardError ? guardErrors[refusal.code].error : undefined
  return own ?? oauthCodes.get(refusal.status) ?? (refusal.status >= 500 ? 'server_error' : 'invalid_request')
}

/** For refusals that carry no OAuth code of their own. @see RFC 6750 §3.1, RFC 6749 §4.1.2.1 */
const oauthCodes: ReadonlyMap<number, OAuthErrorCode> = new Map([
  [401, 'invalid_token'],
  [403, 'insufficient_scope'],
  [429, 'slow_down'],
  [503, 'temporarily_unavailable'],
])

const malformed = () => new ProblemError(400, 'http_malformed', 'the request is not well-formed HTTP')

const frameworkRefusals: ReadonlyMap<unknown, () => ProblemError> = new Map([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', unsupportedBody],
  ['FST_ERR_CTP_BODY_TOO_LARGE', () => new ProblemError(413, 'body_too_large', 'the body is too large')],
  ['FST_ERR_MAX_PARAM_LENGTH', () => new ProblemError(414, 'url_too_long', 'the URL is too long')],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', malformed],
  ['FST_ERR_BAD_URL', malformed],
])
