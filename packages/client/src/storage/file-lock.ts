/**
 * A lock between processes of one machine: a folder of claims, each an empty file whose name says which process makes it.
 * Who has made a claim and then sees no other has the lock.
 *
 * No two have it: of two claims, whoever looks last sees both. A claim is there as a whole or not at all, and its name comes
 * once, so that a process may die at any point, and anybody may remove what it has left: nobody else's is ever hit.
 *
 * Whether a process in another container lives, nobody can see: its claim counts for a minute. Whoever is held up there for
 * longer while it has the lock can find that somebody else has it, too.
 */

import { randomInt, randomUUID } from 'node:crypto'
import { readdir, readFile, readlink, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeFolder } from './make-folder.ts'

// At random: of two who have made way for one another, one comes back first.
const retryMs = () => randomInt(5, 25)
// Longer than any request to the server may take.
const patienceMs = 60_000

/**
 * Waits until the lock is ours, and answers how to give it back.
 *
 * @throws {Error} if another process holds it for longer than a minute.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const claim = await claimName()
  const withdraw = async (): Promise<void> => {
    await rm(join(path, claim), { force: true })
    await removeIfEmpty(path)
  }
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    if ((await isFree(path, claim)) && (await makeClaim(path, claim))) {
      let isOurs = false
      try {
        isOurs = await isFree(path, claim)
      } finally {
        if (!isOurs) await withdraw()
      }
      if (isOurs) return withdraw
    }
    if (performance.now() > giveUpAt) break
    await setTimeout(retryMs())
  }
  throw new Error(`another process has held ${path} for a minute: if none is running, remove it`)
}

/** Whether it is there: whoever has just removed the empty folder was in the way otherwise. */
async function makeClaim(path: string, claim: string): Promise<boolean> {
  await makeFolder(path)
  try {
    await writeFile(join(path, claim), '', { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Whether nobody else who lives has a claim. What the dead have left is removed. */
async function isFree(path: string, own: string): Promise<boolean> {
  let free = true
  for (const claim of await claimsIn(path)) {
    if (claim === own) continue
    if (await isAlive(path, claim)) free = false
    else await rm(join(path, claim), { force: true })
  }
  return free
}

async function claimsIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).filter((name) => claimPattern.test(name))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function removeIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path)
  } catch (error) {
    // Somebody else has a claim there, or has removed it.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY', 'EPERM'].includes(codeOf(error))) throw error
  }
}

const claimPattern = /^(?<pid>[1-9]\d*)-(?<startedAt>\d+)-(?<namespace>\d+)-[\da-f-]{36}$/

/**
 * Process numbers come again, after a restart of the machine at once: so it has the time of the start, too. And they are
 * those of a namespace, as each container has one.
 */
async function claimName(): Promise<string> {
  return `${process.pid}-${(await startOf(process.pid)) ?? '0'}-${await ownNamespace()}-${randomUUID()}`
}

async function isAlive(path: string, claim: string): Promise<boolean> {
  const { pid = '', startedAt, namespace } = claimPattern.exec(claim)?.groups ?? {}
  if (namespace !== (await ownNamespace())) return isYoung(join(path, claim))
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    // Anything else says that there is one, of somebody else.
    if (codeOf(error) === 'ESRCH') return false
  }
  const start = await startOf(Number(pid))
  // What cannot be told counts as alive.
  return startedAt === '0' || start === undefined || start === startedAt
}

/** Whether a claim may still be held: whoever is alive gives it back within the time that others wait. */
async function isYoung(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs < patienceMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Where our process number is ours; '0' where only Linux says so. */
async function ownNamespace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid').catch(() => '')
  return /\d+/.exec(link)?.[0] ?? '0'
}

/** When a process has started, in ticks since the machine did; `undefined` where only Linux says so. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The 22nd field. The second is a name in parentheses, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}
