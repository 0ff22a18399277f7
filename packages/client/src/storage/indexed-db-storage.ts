/**
 * Sessions in the browser's database, shared by all tabs of an origin. Keys are kept as keys: pages can use them, and no
 * script can read them. Tabs wait for one another by the Web Locks API.
 */

import { ClientError } from '../client-error.ts'
import type { ClientStorage, StoredSession } from './client-storage.ts'

const databaseName = 'countersign'
const storeName = 'sessions'

export function indexedDbStorage(): ClientStorage {
  let database: Promise<IDBDatabase> | undefined
  const run = async (mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> => {
    try {
      database ??= openDatabase(() => (database = undefined))
      const transaction = (await database).transaction(storeName, mode)
      const request = act(transaction.objectStore(storeName))
      await settled(transaction, 'complete', ['abort', 'error'])
      return request.result
    } catch (cause) {
      database = undefined
      throw new ClientError(
        'storage_failed',
        'the browser does not let this page keep sessions: private browsing, blocked site data, or a full disk',
        { cause },
      )
    }
  }
  return {
    exportsKeys: false,
    list: async () => (await run('readonly', (store) => store.getAll())) as StoredSession[],
    read: async (name) => (await run('readonly', (store) => store.get(name))) as StoredSession | undefined,
    async write(name, session) {
      await run('readwrite', (store) => store.put(session, name))
    },
    async remove(name) {
      await run('readwrite', (store) => store.delete(name))
    },
    exclusively: async (name, act) => navigator.locks.request(`${databaseName} ${name}`, act),
  }
}

async function openDatabase(onClosed: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(storeName)
  await settled(request, 'success', ['error', 'blocked'])
  const database = request.result
  // Another tab deletes or upgrades it: let it, and open it anew when it is needed.
  database.onversionchange = () => {
    database.close()
    onClosed()
  }
  database.onclose = onClosed
  return database
}

function settled(
  target: IDBTransaction | IDBOpenDBRequest,
  success: string,
  failures: readonly string[],
): Promise<undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  target.addEventListener(success, () => resolve(undefined), { once: true })
  for (const failure of failures) {
    target.addEventListener(failure, () => reject(target.error ?? new Error(failure)), { once: true })
  }
  return promise
}
