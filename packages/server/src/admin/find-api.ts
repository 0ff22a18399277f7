/** Finds an API by its audience. */

import type { Api } from '../store/records.ts'
import { AdminError } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'

/** @throws {AdminError} `api_not_found` */
export async function findApi({ store }: Pick<AdministrationDeps, 'store'>, audience: string): Promise<Api> {
  const api = await store.apis.find(audience)
  if (api === undefined) throw apiNotFound()
  return api
}

export function apiNotFound(): AdminError {
  return new AdminError('api_not_found', 'there is no such API: list the APIs to see theirs')
}
