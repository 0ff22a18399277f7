/** Sessions for as long as the process or page lives. Keys are never exported. */

import type { ClientStorage, StoredSession } from './client-storage.ts'
import { createTurns } from './turns.ts'

export function memoryStorage(): ClientStorage {
  const sessions = new Map<string, StoredSession>()
  const inTurn = createTurns()
  return {
    exportsKeys: false,
    list: async () => [...sessions.values()],
    read: async (name) => sessions.get(name),
    write: async (name, session) => void sessions.set(name, session),
    remove: async (name) => void sessions.delete(name),
    exclusively: async (_name, act) => inTurn(act),
  }
}
