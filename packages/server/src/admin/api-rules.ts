/** Which APIs may be registered, and what may become of them. Pure. */

import { ownScopePrefix, userScopes } from '../client-permissions/index.ts'
import type { FieldProblem } from '../http/problem.ts'
import { longestAudience } from '../store/records.ts'
import type { Api } from '../store/records.ts'
import { invalidOptions } from './admin-error.ts'
import { isAudience, nameProblems, scopeProblems } from './field-rules.ts'

/** As an administrator writes them: every text is checked here. */
export interface ApiOptions {
  /** An absolute URI of 256 characters at most: what `resource` names and `aud` carries. */
  readonly audience: string
  /** For people. Default: the audience. */
  readonly name?: string
  readonly scopes?: readonly string[]
  /** Scopes, besides `scopes`, whose tokens are good for one request only. */
  readonly singleUseScopes?: readonly string[]
  /** Whether clients may have session keys, to sign and seal what they send to it. Default false. */
  readonly sessionKeys?: boolean
  /** What its access tokens are signed with. Default ES256. */
  readonly alg?: string
}

/** What shall be different. The audience is what an API is: another one is another API. */
export interface ApiChanges extends Pick<ApiOptions, 'name' | 'sessionKeys' | 'alg'> {
  readonly addScopes?: readonly string[]
  /** Added, or made so where they are known already. */
  readonly addSingleUseScopes?: readonly string[]
  /** Single-use scopes whose tokens shall be good for more than one request. */
  readonly reusableScopes?: readonly string[]
  readonly removeScopes?: readonly string[]
}

/** Names of both go into each session key, whose derivation takes 1024 bytes in all. */
const maxNamesLength = 750

/**
 * Answers the API that the options describe.
 *
 * @throws {AdminError} `api_invalid`, with everything that is wrong with them.
 */
export function checkApiOptions(options: ApiOptions, issuer: string): Omit<Api, 'createdAt'> {
  const { audience, name, scopes = [], singleUseScopes = [], sessionKeys = false, alg = 'ES256' } = options
  const allScopes = [...new Set([...scopes, ...singleUseScopes])]
  const problems = [
    ...audienceProblems(audience, issuer),
    ...(name === undefined ? [] : nameProblems(name)),
    ...newScopeProblems(allScopes),
    ...(sessionKeys ? sessionKeyProblems(audience, issuer) : []),
    ...algProblems(alg),
  ]
  if (problems.length > 0 || !isAlg(alg)) throw invalidOptions('api_invalid', problems)
  return {
    ...{ audience, name: name ?? audience, scopes: allScopes, alg, sessionKeys },
    singleUseScopes: [...new Set(singleUseScopes)],
  }
}

/**
 * Answers the API as it is with the changes.
 *
 * @throws {AdminError} `api_invalid`, with everything that is wrong with them.
 */
export function changeApi(api: Api, changes: ApiChanges, issuer: string): Api {
  const { name = api.name, sessionKeys = api.sessionKeys, alg = api.alg } = changes
  const { addScopes = [], addSingleUseScopes = [], reusableScopes = [], removeScopes = [] } = changes
  const added = [...addScopes, ...addSingleUseScopes]
  const problems = [
    ...(changes.name === undefined ? [] : nameProblems(name)),
    ...newScopeProblems(added),
    ...unknownProblems(removeScopes, api.scopes, 'is no scope of this API'),
    ...unknownProblems(reusableScopes, api.singleUseScopes, 'is no single-use scope of this API'),
    ...contradictions(removeScopes, [...added, ...reusableScopes], 'removed and kept'),
    ...contradictions(addSingleUseScopes, reusableScopes, 'for one request and for more'),
    ...(sessionKeys ? sessionKeyProblems(api.audience, issuer) : []),
    ...algProblems(alg),
  ]
  if (problems.length > 0 || !isAlg(alg)) throw invalidOptions('api_invalid', problems)
  const isKept = (scope: string): boolean => !removeScopes.includes(scope)
  return {
    ...{ ...api, name, sessionKeys, alg },
    scopes: [...new Set([...api.scopes, ...added])].filter(isKept),
    singleUseScopes: [...new Set([...api.singleUseScopes, ...addSingleUseScopes])].filter(
      (scope) => isKept(scope) && !reusableScopes.includes(scope),
    ),
  }
}

function isAlg(text: string): text is Api['alg'] {
  return text === 'ES256' || text === 'RS256'
}

function algProblems(alg: string): readonly FieldProblem[] {
  return isAlg(alg) ? [] : [{ field: 'alg', rule: 'unknown', detail: 'use ES256 or RS256' }]
}

function audienceProblems(audience: string, issuer: string): readonly FieldProblem[] {
  const problem = (rule: string, detail: string) => [{ field: 'audience', rule, detail }]
  if (!isAudience(audience)) return problem('form', 'use an absolute URI without a fragment: https://api.example')
  if (audience.length > longestAudience) return problem('length', `use ${longestAudience} characters at most`)
  // Tokens for the server itself are told from those for any API by their audience alone.
  const isOurs = audience === issuer || audience === `${issuer}/` || audience.startsWith(`${issuer}/api/`)
  return isOurs ? problem('reserved', 'this audience is the server itself: choose another one') : []
}

function sessionKeyProblems(audience: string, issuer: string): readonly FieldProblem[] {
  if (Buffer.byteLength(audience + issuer) <= maxNamesLength) return []
  return [{ field: 'audience', rule: 'length', detail: 'with session keys, use a shorter audience' }]
}

function newScopeProblems(scopes: readonly string[]): readonly FieldProblem[] {
  const reserved = scopes
    .filter((scope) => userScopes.includes(scope) || scope.startsWith(ownScopePrefix))
    .map((scope) => scopeProblem('reserved', `${scope} has a meaning at the issuer already`))
  return [...scopeProblems(scopes), ...reserved]
}

/** A scope that is misspelt would otherwise stay what it is, and nobody would know. */
function unknownProblems(scopes: readonly string[], known: readonly string[], detail: string): readonly FieldProblem[] {
  return scopes
    .filter((scope) => !known.includes(scope))
    .map((scope) => scopeProblem('unknown', `${JSON.stringify(scope)} ${detail}`))
}

function contradictions(some: readonly string[], others: readonly string[], what: string): readonly FieldProblem[] {
  return some
    .filter((scope) => others.includes(scope))
    .map((scope) => scopeProblem('contradiction', `${JSON.stringify(scope)} cannot be both ${what}`))
}

function scopeProblem(rule: string, detail: string): FieldProblem {
  return { field: 'scopes', rule, detail }
}
