/** Registers APIs: the audiences that tokens can be for. And the secrets that they share with the server. */

import { makeEvent } from '../audit/audit.ts'
import { ownScopePrefix, userScopes } from '../client-permissions/index.ts'
import type { FieldProblem } from '../http/problem.ts'
import { apiSecrets } from '../keys/api-secrets.ts'
import type { ApiSecrets, OpenApiSecret } from '../keys/api-secrets.ts'
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
  /** Scopes, besides `scopes`, whose tokens are good for one request only. */
  readonly singleUseScopes?: readonly string[]
  /** Whether clients may have session keys, to sign and seal what they send to it. Default false. */
  readonly sessionKeys?: boolean
  /** What its access tokens are signed with. Default ES256. */
  readonly alg?: string
}

/** How long an API has to learn of a new secret before tokens name it. */
const secretLeadSeconds = 3600
/** Names of both go into each session key, whose derivation takes 1024 bytes in all. */
const maxNamesLength = 750

/** @throws {AdminError} `api_invalid`, `api_taken` */
export async function createApi(deps: AdministrationDeps, options: ApiOptions): Promise<Api> {
  const { store, clock, actor } = deps
  const { audience, name, scopes = [], singleUseScopes = [], sessionKeys = false, alg = 'ES256' } = options
  const allScopes = [...new Set([...scopes, ...singleUseScopes])]
  const problems = [
    ...audienceProblems(audience, deps.issuer),
    ...(name === undefined ? [] : nameProblems(name)),
    ...scopeProblems(allScopes),
    ...reservedScopes(allScopes),
    ...(sessionKeys ? sessionKeyProblems(audience, deps.issuer) : []),
  ]
  if (!isAlg(alg)) problems.push({ field: 'alg', rule: 'unknown', detail: 'use ES256 or RS256' })
  if (problems.length > 0 || !isAlg(alg)) throw invalidOptions('api_invalid', problems)

  const secrets = sessionKeys ? secretsOf(deps) : undefined
  const api: Api = {
    ...{ audience, name: name ?? audience, scopes: allScopes, alg, createdAt: clock() },
    singleUseScopes: [...new Set(singleUseScopes)],
    sessionKeys,
  }
  const event = makeEvent(clock, { type: 'api.created', actor, detail: { audience } })
  if ((await store.apis.insert(api, event)) === 'taken') {
    throw new AdminError('api_taken', `there is an API ${audience} already: give another audience, or use that one`)
  }
  await secrets?.make(audience, clock())
  return api
}

/**
 * Answers the secrets that the guard of an API needs, newest first.
 *
 * @throws {AdminError} `api_not_found`, `api_without_session_keys`
 * @throws {KeyRingError} `master_key_mismatch`
 */
export async function listApiSecrets(deps: AdministrationDeps, audience: string): Promise<readonly OpenApiSecret[]> {
  await demandSessionKeys(deps, audience)
  return secretsOf(deps).list(audience)
}

/**
 * Makes another secret for an API, and answers it. `publish-ahead`: tokens name it in an hour, when the API has long learnt
 * it; `at-once`: for one that others know.
 *
 * @throws {AdminError} `api_not_found`, `api_without_session_keys`
 */
export async function rotateApiSecret(
  deps: AdministrationDeps,
  audience: string,
  when: 'publish-ahead' | 'at-once',
): Promise<OpenApiSecret> {
  await demandSessionKeys(deps, audience)
  return secretsOf(deps).make(audience, deps.clock() + (when === 'at-once' ? 0 : secretLeadSeconds))
}

async function demandSessionKeys({ store }: AdministrationDeps, audience: string): Promise<void> {
  const api = await store.apis.find(audience)
  if (api === undefined) throw new AdminError('api_not_found', 'there is no such API: list the APIs to see theirs')
  if (!api.sessionKeys) {
    throw new AdminError(
      'api_without_session_keys',
      'the API was created without --session-keys, and cannot get them later: create one with them, of another audience',
    )
  }
}

function secretsOf({ store, masterKey, clock, actor }: AdministrationDeps): ApiSecrets {
  if (masterKey === undefined) throw new TypeError('session keys need the master key')
  return apiSecrets({ apis: store.apis, masterKey: masterKey(), clock, actor })
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

function sessionKeyProblems(audience: string, issuer: string): readonly FieldProblem[] {
  if (Buffer.byteLength(audience + issuer) <= maxNamesLength) return []
  return [{ field: 'audience', rule: 'length', detail: 'with session keys, use a shorter audience' }]
}

function reservedScopes(scopes: readonly string[]): readonly FieldProblem[] {
  return scopes
    .filter((scope) => userScopes.includes(scope) || scope.startsWith(ownScopePrefix))
    .map((scope) => ({ field: 'scopes', rule: 'reserved', detail: `${scope} has a meaning at the issuer already` }))
}
