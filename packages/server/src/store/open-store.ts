/** Opens the store that the settings name, at the schema of this code. */

import { prepareDataFolder } from './data-folder.ts'
import type { Store } from './records.ts'
import { sqliteDialect } from './sql/dialects.ts'
import { migrate } from './sql/migrations.ts'
import { sqlStore } from './sql/sql-store.ts'
import { openSqlite } from './sqlite-executor.ts'

/** `memory` forgets everything at the end: for tests and demonstrations. */
export type StoreOptions = { readonly dataFolder: string } | { readonly memory: true }

/**
 * Opens the store; makes it where there is none. Several processes may have the same one open.
 *
 * @throws {StoreError} `data_folder_unusable`, `store_unreadable`, `store_too_new`, `store_busy`, `store_unavailable`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const executor = await openSqlite('memory' in options ? ':memory:' : prepareDataFolder(options.dataFolder))
  try {
    await migrate(executor)
  } catch (error) {
    await executor.close()
    throw error
  }
  return sqlStore(executor, sqliteDialect)
}
