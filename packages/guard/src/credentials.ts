/** Reads the access token of a request: from the one Authorization header, and nowhere else (RFC 6750 §2.1). */

import { GuardError } from './guard-error.ts'
import { headerValues } from './guard-request.ts'
import type { GuardRequest } from './guard-request.ts'

export interface Credentials {
  /** What the caller says the token is: for whoever bears it, or bound to a key that proves itself (RFC 9449 §7.1). */
  readonly scheme: 'Bearer' | 'DPoP'
  /** As it was sent. */
  readonly token: string
}

const knownScheme = /^(bearer|dpop)(?: |$)/i
const token68 = /^[a-z]+ +([a-z0-9._~+/-]+=*)$/i

/**
 * @throws {GuardError} `missing_token` without a header, or with one of another scheme.
 * @throws {GuardError} `invalid_request` for two headers, or credentials that are not one b64token.
 */
export function readCredentials(request: GuardRequest): Credentials {
  // Fetch joins two headers by a comma, which no b64token holds: they are refused as malformed.
  const [authorization, ...others] = headerValues(request, 'authorization')
  if (others.length > 0) throw new GuardError('invalid_request', 'two Authorization headers')
  const scheme = knownScheme.exec(authorization ?? '')?.[1]
  if (authorization === undefined || scheme === undefined) {
    throw new GuardError('missing_token', 'an access token is required')
  }
  const token = token68.exec(authorization)?.[1]
  if (token === undefined) throw new GuardError('invalid_request', 'the Authorization header is malformed')
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token }
}
