/** All records over one executor. */

import type { Dialect } from 'kysely'
import type { Executor } from '../executor.ts'
import type { Store } from '../records.ts'
import { sqlApis } from './apis.ts'
import { sqlAudit } from './audit.ts'
import { sqlAuthSessions } from './auth-sessions.ts'
import { createBatches } from './batches.ts'
import { sqlClients } from './clients.ts'
import { sqlExpiry } from './expiry.ts'
import { sqlGrants } from './grants.ts'
import { sqlRoles } from './roles.ts'
import { sqlSigningKeys } from './signing-keys.ts'
import { sqlSpentIds } from './spent-ids.ts'
import { sqlUsers } from './users.ts'

export function sqlStore(executor: Executor, dialect: Dialect): Store {
  const batches = createBatches(executor, dialect)
  return {
    users: sqlUsers(batches),
    roles: sqlRoles(batches),
    clients: sqlClients(batches),
    apis: sqlApis(batches),
    signingKeys: sqlSigningKeys(batches),
    authSessions: sqlAuthSessions(batches),
    grants: sqlGrants(batches),
    spentIds: sqlSpentIds(batches),
    audit: sqlAudit(batches),
    deleteExpired: sqlExpiry(batches),
    async ping() {
      await executor.run([{ sql: 'select max(version) from schema_migration', parameters: [] }])
    },
    close: () => executor.close(),
  }
}
