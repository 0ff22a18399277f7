import { expect, test } from 'vitest'
import { event, grant, now, refreshToken, refreshTokenUse, signedUp } from './conformance/samples.fixture.ts'
import type { Executor } from './executor.ts'
import { sqliteDialect } from './sql/dialects.ts'
import { migrate } from './sql/migrations.ts'
import { sqlStore } from './sql/sql-store.ts'
import { openSqlite } from './sqlite-executor.ts'

test('what grants, codes, refresh tokens, spent ids and the audit trail are asked is found by an index, however many there are', async () => {
  const sqlite = await openSqlite(':memory:')
  await migrate(sqlite)
  const asked = new Set<string>()
  const listening: Executor = {
    ...sqlite,
    run(batch) {
      for (const { sql } of batch) asked.add(sql)
      return sqlite.run(batch)
    },
  }
  const store = sqlStore(listening, sqliteDialect)
  const { owner, app, issueFamily } = await signedUp(store)
  const { grant: agreed, token } = await issueFamily()
  const { grants } = store
  await grants.rotateRefreshToken(refreshTokenUse(token.hash, refreshToken(agreed)))
  await grants.findRefreshToken(token.hash)
  await grants.issueTokens(agreed.id, null, event())
  await grants.issueClientGrant(grant({ userId: null, clientId: app.id, statusIndex: 7 }), event())
  await grants.find(agreed.id)
  await grants.revoke(agreed.id, now, event())
  await grants.countRevoked(now)
  await grants.listRevokedIndexes(now)
  await grants.revokeAll({ userId: owner.id }, now, event())
  await grants.revokeAll({ clientId: app.id }, now, event())
  await store.users.changePassword(owner.id, 'another', now, event())
  await store.users.disable(owner.id, now, event())
  await store.users.delete(owner.id, now, event())
  await store.clients.delete(app.id, now, event())
  await store.spentIds.spend({ id: 'proof', expiresAt: now })
  await store.deleteExpired(now)
  await store.audit.deleteEventsBefore('0')
  await store.audit.deleteRefusalsBefore(now)

  const scans: string[] = []
  for (const sql of asked) {
    const parameters = Array.from(sql.matchAll(/\?/g), () => 1)
    const [plan = []] = await sqlite.run([{ sql: `explain query plan ${sql}`, parameters }])
    const steps = plan.map(({ detail }) => String(detail)).filter((step) => step.startsWith('SCAN'))
    scans.push(...steps.filter((step) => step !== 'SCAN CONSTANT ROW' && !step.includes(' USING ')))
  }
  expect(scans).toEqual([])
  await sqlite.close()
})
