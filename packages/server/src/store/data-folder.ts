/** The folder where the server keeps its files: only its owner may look in. */

import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
    makeFolder(dataFolder)
    // SQLite adds its own files beside the database, with the permissions of the database.
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK)
    closeSync(openSync(file, 'a', 0o600))
    return file
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown failure'
    throw new StoreError('data_folder_unusable', `the data folder ${dataFolder} cannot be used: ${reason}`, { cause })
  }
}

/**
 * Makes a folder (mode 0700) and those above it where there are none. Not by `recursive` of Node, which tries for ever where
 * nothing can be made in a folder that is there, as in `/proc`.
 *
 * @throws {Error} of the file system.
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  const above = dirname(folder)
  if (above !== folder) makeFolder(above)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have been first.
    if (!isFolder(folder)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
