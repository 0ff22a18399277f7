/** Registers, changes and deletes APIs: the audiences that tokens can be for. The rules are in `api-rules.ts`. */

import { isDeepStrictEqual } from 'node:util'
import { makeEvent } from '../audit/audit.ts'
import type { Api, ApiDeletion, AuditEvent } from '../store/records.ts'
import { AdminError } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { changeApi, checkApiOptions } from './api-rules.ts'
import type { ApiChanges, ApiOptions } from './api-rules.ts'
import { apiNotFound, findApi } from './find-api.ts'
import { secretsOf } from './session-secrets.ts'

/** An API, and who has to do with it. */
export interface ApiDescription {
  readonly api: Api
  /** Ids of the clients that may ask tokens for it. */
  readonly callers: readonly string[]
  /** Ids of the clients that are its resource servers. */
  readonly resourceServers: readonly string[]
  /** What roles close of it: scopes by the name of the role, also such as the API does not know. */
  readonly roles: Readonly<Record<string, readonly string[]>>
}

/** What ended with an API. `roles` go on closing its scopes: they say so of any API of this audience. */
export interface DeletedApi extends ApiDeletion, Pick<ApiDescription, 'roles'> {}

/** @throws {AdminError} `api_invalid`, `api_taken` */
export async function createApi(deps: AdministrationDeps, options: ApiOptions): Promise<Api> {
  const { store, clock, actor, issuer } = deps
  const checked = checkApiOptions(options, issuer)
  const secrets = checked.sessionKeys ? secretsOf(deps) : undefined
  const api: Api = { ...checked, createdAt: clock() }
  const { audience } = api
  const event = makeEvent(clock, { type: 'api.created', actor, detail: { audience } })
  if ((await store.apis.insert(api, event)) === 'taken') {
    throw new AdminError('api_taken', `there is an API ${audience} already: give another audience, or use that one`)
  }
  await secrets?.make(audience, clock())
  return api
}

/** @throws {AdminError} `api_not_found` */
export async function describeApi(deps: AdministrationDeps, audience: string): Promise<ApiDescription> {
  const { store } = deps
  const api = await findApi(deps, audience)
  const clients = await store.clients.list()
  const naming = (list: 'audiences' | 'serves') =>
    clients.filter((client) => client[list].includes(audience)).map(({ id }) => id)
  const roles = await rolesOf(deps, audience)
  return { api, callers: naming('audiences'), resourceServers: naming('serves'), roles }
}

/**
 * Answers the API as it is now. Tokens follow from the next one on: what is out keeps what it says until it ends.
 *
 * @throws {AdminError} `api_not_found`, `api_invalid`
 * @throws {AdminError} `api_unchanged` if it is like that already, or nothing is to be changed.
 */
export async function updateApi(deps: AdministrationDeps, audience: string, changes: ApiChanges): Promise<Api> {
  const { store, clock, issuer } = deps
  const secrets = changes.sessionKeys === true ? secretsOf(deps) : undefined
  for (;;) {
    const before = await findApi(deps, audience)
    const after = changeApi(before, changes, issuer)
    if (isDeepStrictEqual(before, after)) {
      throw new AdminError('api_unchanged', 'the API is like that already: nothing was changed')
    }
    // Somebody else was first: what is to be changed is another API now.
    if ((await store.apis.replace(before, after, updateEvent(deps, before, after))) === 'lost') continue
    if (!before.sessionKeys) await secrets?.make(audience, clock())
    return after
  }
}

/**
 * Deletes an API with all that could buy or use tokens for it, and answers what ended.
 *
 * @throws {AdminError} `api_not_found`
 */
export async function deleteApi(deps: AdministrationDeps, audience: string): Promise<DeletedApi> {
  const { store, clock, actor } = deps
  const event = makeEvent(clock, { type: 'api.deleted', actor, detail: { audience } })
  const deletion = await store.apis.delete(audience, event.at, event)
  if (deletion === undefined) throw apiNotFound(audience)
  return { ...deletion, roles: await rolesOf(deps, audience) }
}

async function rolesOf({ store }: AdministrationDeps, audience: string): Promise<ApiDescription['roles']> {
  const roles = await store.roles.list()
  return Object.fromEntries(
    roles.flatMap(({ name, scopes }) => (Object.hasOwn(scopes, audience) ? [[name, scopes[audience] ?? []]] : [])),
  )
}

/** Says what is different, as it is now. */
function updateEvent({ clock, actor }: AdministrationDeps, before: Api, after: Api): AuditEvent {
  const facts = ({ name, scopes, singleUseScopes, sessionKeys, alg }: Api): AuditEvent['detail'] => {
    return { name, scopes, single_use_scopes: singleUseScopes, session_keys: sessionKeys, alg }
  }
  const was = facts(before)
  const changed = Object.entries(facts(after)).filter(([member, value]) => !isDeepStrictEqual(value, was[member]))
  const detail = { audience: before.audience, ...Object.fromEntries(changed) }
  return makeEvent(clock, { type: 'api.updated', actor, detail })
}
