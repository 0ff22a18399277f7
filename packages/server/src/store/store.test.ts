/** The promises of every record, over every implementation. */

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditStoreConformance } from './conformance/audit.fixture.ts'
import { authorizationCodeConformance, authSessionStoreConformance } from './conformance/codes.fixture.ts'
import { refreshRetryConformance } from './conformance/refresh-retries.fixture.ts'
import { refreshTokenConformance } from './conformance/refresh-tokens.fixture.ts'
import { apiStoreConformance, clientStoreConformance, roleStoreConformance } from './conformance/registry.fixture.ts'
import { signingKeyStoreConformance } from './conformance/signing-keys.fixture.ts'
import { spentIdConformance } from './conformance/spent-ids.fixture.ts'
import { statusIndexConformance } from './conformance/status-indexes.fixture.ts'
import { userStoreConformance } from './conformance/users.fixture.ts'
import { openStore } from './open-store.ts'

const stores = {
  memory: () => openStore({ memory: true }),
  'a SQLite file': async () => openStore({ dataFolder: await mkdtemp(join(tmpdir(), 'countersign-store-')) }),
}

for (const [name, makeStore] of Object.entries(stores)) {
  userStoreConformance(name, makeStore)
  roleStoreConformance(name, makeStore)
  clientStoreConformance(name, makeStore)
  apiStoreConformance(name, makeStore)
  signingKeyStoreConformance(name, makeStore)
  authSessionStoreConformance(name, makeStore)
  authorizationCodeConformance(name, makeStore)
  refreshTokenConformance(name, makeStore)
  refreshRetryConformance(name, makeStore)
  statusIndexConformance(name, makeStore)
  spentIdConformance(name, makeStore)
  auditStoreConformance(name, makeStore)
}
