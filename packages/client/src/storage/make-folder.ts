/** Makes the folders that sessions lie in: only their owner may look in. */

import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder (mode 0700) and those above it where there are none. Not by `recursive` of Node, which tries for ever where
 * nothing can be made in a folder that is there, as in `/proc`.
 *
 * @throws {Error} of the file system.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  const above = dirname(folder)
  if (above !== folder) await makeFolder(above)
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have been first, and may even have removed it again.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}
