/** What a route demands of a request: parsed, and checked against an access token. */

import { includesScope, parseScope } from '@countersign/protocol'
import type { EpochSeconds } from '@countersign/tokens'
import type { AccessToken } from './access-token.ts'
import { GuardError } from './guard-error.ts'

export interface Demands {
  /** All of these scopes, space-separated or as a list. */
  readonly scope?: string | readonly string[]
  /** The token must be a single-use token. One is spent in any case, demanded or not. */
  readonly singleUse?: boolean
  /** The user authenticated at most so many seconds ago ("auth_time"). */
  readonly maxAgeSeconds?: number
  /** One of these authentication contexts. */
  readonly acr?: string | readonly string[]
}

export interface ParsedDemands {
  readonly scope: readonly string[]
  readonly singleUse: boolean
  readonly maxAgeSeconds: number | undefined
  readonly acr: readonly string[]
}

const names: readonly string[] = ['scope', 'singleUse', 'maxAgeSeconds', 'acr'] satisfies readonly (keyof Demands)[]

/**
 * Answers the demands, lists for texts.
 *
 * @throws {TypeError} for a demand that is unknown, empty or undefined. Each would demand nothing, silently: a
 * misspelt name, a variable that was never set.
 */
export function parseDemands(demands: Demands): ParsedDemands {
  for (const name in demands) if (!names.includes(name)) throw new TypeError(`there is no demand "${name}"`)
  const { singleUse = false, maxAgeSeconds } = demands
  if (typeof singleUse !== 'boolean') throw new TypeError('the demand "singleUse" must be true or false')
  if ('maxAgeSeconds' in demands && !(Number.isSafeInteger(maxAgeSeconds) && Number(maxAgeSeconds) >= 0)) {
    throw new TypeError('the demand "maxAgeSeconds" must be a whole number of seconds')
  }
  return { scope: parseList('scope', demands), singleUse, maxAgeSeconds, acr: parseList('acr', demands) }
}

function parseList(name: 'scope' | 'acr', demands: Demands): readonly string[] {
  if (!(name in demands)) return []
  const value: unknown = demands[name]
  const text: unknown = Array.isArray(value) ? value.join(' ') : value
  try {
    // Both travel as words of the same characters (RFC 6749 §3.3, RFC 9470 §3).
    if (typeof text === 'string' && text !== '') return parseScope(text)
  } catch {
    // Refused below, as the caller's mistake.
  }
  throw new TypeError(`the demand "${name}" must be space-separated words or a list of them`)
}

/**
 * Refuses an access token that does not meet the demands. Whether a single-use token is still unspent is not for here.
 *
 * @throws {GuardError} `insufficient_scope`, `insufficient_user_authentication`, `single_use_required`
 */
export function checkDemands(
  { grant, singleUse, authTime, acr }: AccessToken,
  demands: ParsedDemands,
  { now, clockSkewSeconds }: { readonly now: EpochSeconds; readonly clockSkewSeconds: number },
): void {
  if (!includesScope(grant.scope, demands.scope)) {
    const challenge = { scope: demands.scope.join(' ') }
    throw new GuardError('insufficient_scope', 'the token lacks a scope that is demanded here', { challenge })
  }
  const { maxAgeSeconds } = demands
  const isOld = maxAgeSeconds !== undefined && !isFresh(authTime, maxAgeSeconds, now, clockSkewSeconds)
  const isOther = demands.acr.length > 0 && !(acr !== undefined && demands.acr.includes(acr))
  if (isOld || isOther) {
    // Both demands at once: who signs in again for the one must not be refused for the other (RFC 9470 §3).
    const challenge = {
      ...(demands.acr.length > 0 && { acr: demands.acr.join(' ') }),
      ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
    }
    const message = isOld ? 'a more recent authentication is demanded' : 'another authentication is demanded'
    throw new GuardError('insufficient_user_authentication', message, { challenge })
  }
  if (demands.singleUse && !singleUse) {
    throw new GuardError('single_use_required', 'a single-use token is demanded')
  }
}

function isFresh(authTime: EpochSeconds | undefined, maxAge: number, now: EpochSeconds, skew: number): boolean {
  return authTime !== undefined && authTime <= now + skew && now - authTime <= maxAge + skew
}
