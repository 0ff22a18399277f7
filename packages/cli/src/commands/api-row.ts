/** An API as people and programs see one. */

import type { Api } from '@countersign/server'
import { formatInstant } from '../output.ts'
import type { Row } from '../output.ts'

export function apiRow(api: Api): Row {
  return {
    audience: api.audience,
    name: api.name,
    scopes: api.scopes,
    singleUseScopes: api.singleUseScopes,
    sessionKeys: api.sessionKeys,
    alg: api.alg,
    created: formatInstant(api.createdAt),
  }
}

export function apiLines(api: Api): readonly string[] {
  return [
    `  audience            ${api.audience}`,
    `  scopes              ${api.scopes.join(' ') || '-'}`,
    `  for single use      ${api.singleUseScopes.join(' ') || '-'}`,
    `  session keys        ${api.sessionKeys ? 'yes' : 'no'}`,
    `  tokens signed with  ${api.alg}`,
    `  created             ${formatInstant(api.createdAt)}`,
  ]
}
