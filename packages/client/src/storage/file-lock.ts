/**
 * A lock between processes of one machine: a file that exists while somebody holds it, with their process number in it.
 *
 * The lock of a process that died is taken over.
 */

import { open, readFile, rm } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

const retryMs = 20
// Longer than any request to the server may take.
const patienceMs = 60_000

/**
 * Waits until the lock is ours, and answers how to give it back.
 *
 * @throws {Error} if another process holds it for longer than a minute.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += retryMs) {
    if (await take(path)) return () => rm(path, { force: true })
    if (!(await removeAbandoned(path))) await setTimeout(retryMs)
  }
  throw new Error(`another process has held ${path} for a minute: if none is running, remove it`)
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Under a lock of its own: of two who found the same dead holder, the second would remove the lock that the first has
 * taken by then.
 */
async function removeAbandoned(path: string): Promise<boolean> {
  if (!(await isAbandoned(path)) || !(await take(`${path}.break`))) return false
  try {
    const isStill = await isAbandoned(path)
    if (isStill) await rm(path)
    return isStill
  } finally {
    await rm(`${path}.break`)
  }
}

/** Whether its holder is dead. An empty lock is one that is being written. */
async function isAbandoned(path: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(path, 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
