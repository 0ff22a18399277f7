/** Registers APIs: the audiences that tokens can be for. */

import { makeEvent } from '../audit/audit.ts'
import { userScopes } from '../client-permissions/index.ts'
import type { FieldProblem } from '../http/problem.ts'
import type { Api } from '../store/records.ts'
import { AdminError, invalidOptions } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { isAudience, nameProblems, scopeProblems } from './field-rules.ts'

/** As an administrator writes them: every text is checked here. */
export interface ApiOptions {
  /** An absolute URI: what `resource` names and `aud` carries. */
  readonly audience: string
  /** For people. Default: the audience. */
  readonly name?: string
  readonly scopes?: readonly string[]
  /** What its access tokens are signed with. Default ES256. */
  readonly alg?: string
}

/** @throws {AdminError} `api_invalid`, `api_taken` */
export async function createApi(deps: AdministrationDeps, options: ApiOptions): Promise<Api> {
  const { store, clock, actor } = deps
  const { audience, name, scopes = [], alg = 'ES256' } = options
  const problems = [
    ...audienceProblems(audience, deps.issuer),
    ...(name === undefined ? [] : nameProblems(name)),
    ...scopeProblems(scopes),
    ...reservedScopes(scopes),
  ]
  if (!isAlg(alg)) problems.push({ field: 'alg', rule: 'unknown', detail: 'use ES256 or RS256' })
  if (problems.length > 0 || !isAlg(alg)) throw invalidOptions('api_invalid', problems)

  const api: Api = { audience, name: name ?? audience, scopes: [...new Set(scopes)], alg, createdAt: clock() }
  const event = makeEvent(clock, { type: 'api.created', actor, detail: { audience } })
  if ((await store.apis.insert(api, event)) === 'taken') {
    throw new AdminError('api_taken', `there is an API ${audience} already`)
  }
  return api
}

function isAlg(text: string): text is Api['alg'] {
  return text === 'ES256' || text === 'RS256'
}

function audienceProblems(audience: string, issuer: string): readonly FieldProblem[] {
  const problem = (rule: string, detail: string) => [{ field: 'audience', rule, detail }]
  if (!isAudience(audience)) return problem('form', 'use an absolute URI without a fragment: https://api.example')
  // Tokens for the server itself are told from those for any API by their audience alone.
  const isOurs = audience === issuer || audience === `${issuer}/` || audience.startsWith(`${issuer}/api/`)
  return isOurs ? problem('reserved', 'this audience is the server itself: choose another one') : []
}

function reservedScopes(scopes: readonly string[]): readonly FieldProblem[] {
  return scopes
    .filter((scope) => userScopes.includes(scope))
    .map((scope) => ({ field: 'scopes', rule: 'reserved', detail: `${scope} has a meaning at the issuer already` }))
}
