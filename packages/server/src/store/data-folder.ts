/** The folder where the server keeps its files: only its owner may look in. */

import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from './store-error.ts'

/**
 * Makes the data folder (mode 0700) and an empty database file (mode 0600) where there is none, and answers the
 * path of the database.
 *
 * @throws {StoreError} `data_folder_unusable`
 */
export function prepareDataFolder(dataFolder: string): string {
  const file = join(dataFolder, 'countersign.db')
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    // SQLite adds its own files beside the database, with the permissions of the database.
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK)
    closeSync(openSync(file, 'a', 0o600))
    return file
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown failure'
    throw new StoreError('data_folder_unusable', `the data folder ${dataFolder} cannot be used: ${reason}`, { cause })
  }
}
