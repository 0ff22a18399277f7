/**
 * Sessions in a file of mode 0600, for programs in Node.
 *
 * A file cannot hold keys that nobody can export, so these lie in it as JWKs: whoever reads the file has the session.
 * Processes that share the file wait for one another, see `file-lock.ts`.
 */

import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ClientError } from '../client-error.ts'
import type { ClientStorage } from './client-storage.ts'
import { lockFile } from './file-lock.ts'
import { freezeSession, thawSession } from './frozen-session.ts'
import type { FrozenSession } from './frozen-session.ts'
import { makeFolder } from './make-folder.ts'
import { createTurns } from './turns.ts'

interface SessionFile {
  readonly version: 1
  readonly sessions: Readonly<Record<string, FrozenSession>>
}

const empty: SessionFile = { version: 1, sessions: {} }

/** @throws {ClientError} `storage_failed` from its verbs, if the file cannot be used or others may read it. */
export function fileStorage(path: string): ClientStorage {
  const inTurn = createTurns()
  const rewrite = async (change: (sessions: SessionFile['sessions']) => SessionFile['sessions']): Promise<void> => {
    const { sessions } = await readSessionFile(path)
    await told(path, () => replaceFile(path, { version: 1, sessions: change(sessions) }))
  }
  return {
    exportsKeys: true,
    async list() {
      const { sessions } = await readSessionFile(path)
      return told(path, () => Promise.all(Object.values(sessions).map(thawSession)))
    },
    async read(name) {
      const frozen = (await readSessionFile(path)).sessions[name]
      return frozen === undefined ? undefined : told(path, () => thawSession(frozen))
    },
    async write(name, session) {
      const frozen = await freezeSession(session)
      await rewrite((sessions) => ({ ...sessions, [name]: frozen }))
    },
    remove: (name) =>
      rewrite((sessions) => Object.fromEntries(Object.entries(sessions).filter(([other]) => other !== name))),
    // One lock for all names: every write writes the whole file.
    exclusively: (_name, act) =>
      inTurn(async () => {
        const unlock = await told(path, async () => {
          await makeFolder(dirname(path))
          return lockFile(`${path}.claims`)
        })
        try {
          return await act()
        } finally {
          await unlock()
        }
      }),
  }
}

async function readSessionFile(path: string): Promise<SessionFile> {
  return told(path, async () => {
    try {
      const { mode } = await stat(path)
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw new ClientError(
          'storage_failed',
          `${path} can be read by other users: chmod 600 ${path}, or sign in anew`,
        )
      }
      return parseSessionFile(await readFile(path, 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty
      throw error
    }
  })
}

function parseSessionFile(text: string): SessionFile {
  try {
    const { version, sessions } = JSON.parse(text) as { readonly version: unknown; readonly sessions: unknown }
    if (version === 1 && isRecord(sessions) && Object.values(sessions).every(isRecord)) {
      return { version, sessions: sessions as SessionFile['sessions'] }
    }
  } catch {
    // Refused below. No cause: the parser's message repeats what it read, and that may be of a key.
  }
  throw new SyntaxError('it is not a file of sessions')
}

function isRecord(value: unknown): value is FrozenSession {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Atomic: a reader, or a crash halfway, finds the old file or the new one. */
async function replaceFile(path: string, content: SessionFile): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Answers what `act` answers; what goes wrong is told with the path. */
async function told<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    if (cause instanceof ClientError) throw cause
    const why = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause)
    throw new ClientError('storage_failed', `${path} cannot be used to keep sessions: ${why}`, { cause })
  }
}
