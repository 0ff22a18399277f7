/** What a route demands of a request: parsed, and checked against an access token. Proofs are verified in `proofs/`. */

import { includesScope, parseScope } from '@countersign/protocol'
import type { EpochSeconds } from '@countersign/tokens'
import type { AccessToken } from './access-token.ts'
import { GuardError } from './guard-error.ts'

/** What a request carries besides its token. */
export type Proof = 'dpop' | 'signature' | 'mtls'

export interface Demands {
  /** All of these scopes, space-separated or as a list. */
  readonly scope?: string | readonly string[]
  /** Any one of these roles, space-separated or as a list. */
  readonly role?: string | readonly string[]
  /** The token must be a single-use token. One is spent in any case, demanded or not. */
  readonly singleUse?: boolean
  /** The user authenticated at most so many seconds ago ("auth_time"). */
  readonly maxAgeSeconds?: number
  /** One of these authentication contexts. */
  readonly acr?: string | readonly string[]
  /** All of these proofs. A token that is bound to a key or a certificate asks for its proof in any case. */
  readonly proof?: Proof | readonly Proof[]
  /** The body of the request and of the answer are sealed: read by nobody but the client and this API. */
  readonly sealed?: boolean
}

export interface ParsedDemands {
  readonly scope: readonly string[]
  readonly role: readonly string[]
  readonly singleUse: boolean
  readonly maxAgeSeconds: number | undefined
  readonly acr: readonly string[]
  readonly proof: readonly Proof[]
  readonly sealed: boolean
}

const names: readonly string[] = [
  'scope',
  'role',
  'singleUse',
  'maxAgeSeconds',
  'acr',
  'proof',
  'sealed',
] satisfies readonly (keyof Demands)[]
const proofs: readonly string[] = ['dpop', 'signature', 'mtls'] satisfies readonly Proof[]

/**
 * Answers the demands, lists for texts.
 *
 * @throws {TypeError} for a demand that is unknown, empty or undefined. Each would demand nothing, silently: a
 * misspelt name, a variable that was never set.
 */
export function parseDemands(demands: Demands): ParsedDemands {
  for (const name in demands) if (!names.includes(name)) throw new TypeError(`there is no demand "${name}"`)
  const { maxAgeSeconds } = demands
  if ('maxAgeSeconds' in demands && !(Number.isSafeInteger(maxAgeSeconds) && Number(maxAgeSeconds) >= 0)) {
    throw new TypeError('the demand "maxAgeSeconds" must be a whole number of seconds')
  }
  return {
    scope: parseList('scope', demands),
    role: parseList('role', demands),
    singleUse: parseFlag('singleUse', demands),
    maxAgeSeconds,
    acr: parseList('acr', demands),
    proof: parseProofs(demands),
    sealed: parseFlag('sealed', demands),
  }
}

/** Whether what is demanded can be told only from the bytes of the body. */
export function needsBody({ proof, sealed }: ParsedDemands): boolean {
  return sealed || proof.includes('signature')
}

function parseFlag(name: 'singleUse' | 'sealed', demands: Demands): boolean {
  const { [name]: value = false } = demands
  if (typeof value !== 'boolean') throw new TypeError(`the demand "${name}" must be true or false`)
  return value
}

function parseProofs(demands: Demands): readonly Proof[] {
  const listed = parseList('proof', demands)
  for (const name of listed) if (!proofs.includes(name)) throw new TypeError(`there is no proof "${name}"`)
  return listed as readonly Proof[]
}

function parseList(name: 'scope' | 'role' | 'acr' | 'proof', demands: Demands): readonly string[] {
  if (!(name in demands)) return []
  const value: unknown = demands[name]
  const text: unknown = Array.isArray(value) ? value.join(' ') : value
  try {
    // All of them are words of the same characters (RFC 6749 §3.3, RFC 9470 §3).
    if (typeof text === 'string' && text !== '') return parseScope(text)
  } catch {
    // Refused below, as the caller's mistake.
  }
  throw new TypeError(`the demand "${name}" must be space-separated words or a list of them`)
}

/**
 * Refuses an access token that does not meet the demands. Whether a single-use token is still unspent is not for here.
 *
 * @throws {GuardError} `insufficient_scope`, `insufficient_role`, `insufficient_user_authentication`,
 * `single_use_required`
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
  if (demands.role.length > 0 && !demands.role.some((role) => grant.roles.includes(role))) {
    throw new GuardError('insufficient_role', 'the token has none of the roles that are demanded here')
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
