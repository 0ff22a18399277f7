/** The secrets that APIs with session keys share with the server. */

import { apiSecrets } from '../keys/api-secrets.ts'
import type { ApiSecrets, OpenApiSecret } from '../keys/api-secrets.ts'
import { AdminError } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { findApi } from './find-api.ts'

/** How long an API has to learn of a new secret before tokens name it. */
const secretLeadSeconds = 3600

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
  for (;;) {
    await demandSessionKeys(deps, audience)
    const activeAt = deps.clock() + (when === 'at-once' ? 0 : secretLeadSeconds)
    const made = await secretsOf(deps).make(audience, activeAt)
    if (made !== undefined) return made
    // Deleted, or its session keys taken away meanwhile: looked at again, to say which.
  }
}

/** @throws {TypeError} if there is no master key to seal them under. */
export function secretsOf({ store, masterKey, clock, actor }: AdministrationDeps): ApiSecrets {
  if (masterKey === undefined) throw new TypeError('session keys need the master key')
  return apiSecrets({ apis: store.apis, masterKey: masterKey(), clock, actor })
}

async function demandSessionKeys(deps: AdministrationDeps, audience: string): Promise<void> {
  const { sessionKeys } = await findApi(deps, audience)
  if (!sessionKeys) {
    throw new AdminError(
      'api_without_session_keys',
      'the API has no session keys: countersign apis update AUDIENCE --session-keys gives it some',
    )
  }
}
