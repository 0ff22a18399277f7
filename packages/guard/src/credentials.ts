/** Reads the bearer token of a request: from the one Authorization header, and nowhere else (RFC 6750 §2.1). */

import { GuardError } from './guard-error.ts'

/** What the guard reads of a request. Raw headers, because Node keeps but the first of two `Authorization` headers. */
export interface GuardRequest {
  readonly method: string
  readonly url: string
  /** Names and values in turn, as Node's `IncomingMessage.rawHeaders` has them. */
  readonly rawHeaders: readonly string[]
  readonly body?: unknown
}

const bearerScheme = /^bearer(?: |$)/i
const bearerCredentials = /^bearer +([a-z0-9._~+/-]+=*)$/i

/**
 * Answers the token as it was sent.
 *
 * @throws {GuardError} `missing_token` without a header, or with one of another scheme.
 * @throws {GuardError} `invalid_request` for two headers, or credentials that are not one b64token.
 */
export function readBearerToken(request: Request | GuardRequest): string {
  const authorization = readAuthorization(request)
  if (authorization === undefined || !bearerScheme.test(authorization)) {
    throw new GuardError('missing_token', 'a bearer token is required')
  }
  const token = bearerCredentials.exec(authorization)?.[1]
  if (token === undefined) throw new GuardError('invalid_request', 'the Authorization header is malformed')
  return token
}

function readAuthorization(request: Request | GuardRequest): string | undefined {
  // Fetch joins two headers by a comma, which no b64token holds: they are refused as malformed.
  if (!('rawHeaders' in request)) return request.headers.get('authorization') ?? undefined
  const { rawHeaders } = request
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (found !== undefined) throw new GuardError('invalid_request', 'two Authorization headers')
    found = rawHeaders[at + 1] ?? ''
  }
  return found
}
