/** Finds an API by its audience. */

import type { Api } from '../store/records.ts'
import { AdminError } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'

/** @throws {AdminError} `api_not_found` */
export async function findApi({ store }: Pick<AdministrationDeps, 'store'>, audience: string): Promise<Api> {
  const api = await store.apis.find(audience)
  if (api === undefined) throw apiNotFound(audience)
  return api
}

export function apiNotFound(audience: string): AdminError {
  const message = `no API has the audience ${JSON.stringify(audience)}: list the APIs to see theirs`
  return new AdminError('api_not_found', message)
}
