/**
 * SQLite as an `Executor`: hands batches to the worker thread and their answers back.
 *
 * A worker that dies takes the store with it: everything that waits and everything that comes is refused. It is never
 * started again behind the callers' backs, because nobody could say which batches had been committed.
 */

import { Worker } from 'node:worker_threads'
import type { Executor, Row, Statement } from './executor.ts'
import type { SqliteAnswer, SqliteFailure, SqliteReport, SqliteRequest, SqliteWorkerData } from './sqlite-worker.ts'
import { StoreError } from './store-error.ts'

interface Waiter {
  readonly resolve: (rows: readonly (readonly Row[])[]) => void
  readonly reject: (error: StoreError) => void
}

/**
 * Opens a database file, or `:memory:`.
 *
 * @throws {StoreError} `store_unreadable`, `store_busy`, `store_unavailable`
 */
export function openSqlite(file: string): Promise<Executor> {
  return openWorker(startSqliteWorker(file))
}

export function startSqliteWorker(file: string): Worker {
  // From source the sibling is TypeScript; compiled or bundled it is JavaScript.
  const name = import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js'
  const workerData: SqliteWorkerData = { file }
  // No flags of the process: some of them no worker can start with, and it needs none.
  return new Worker(new URL(name, import.meta.url), { workerData, name: 'sqlite', execArgv: [] })
}

/** Waits until the worker has its database open, and speaks to it from then on. */
export function openWorker(worker: Worker): Promise<Executor> {
  return new Promise((resolve, reject) => {
    const onError = (cause: unknown): void =>
      reject(new StoreError('store_unavailable', "the store's thread did not start", { cause }))
    worker.once('error', onError)
    worker.once('message', (report: SqliteReport) => {
      worker.off('error', onError)
      if (report === null) resolve(createExecutor(worker))
      else reject(toStoreError(report as SqliteFailure))
    })
  })
}

function createExecutor(worker: Worker): Executor {
  const waiting = new Map<number, Waiter>()
  let lastId = 0
  let refused: StoreError | undefined
  let closed: Promise<void> | undefined

  const send = (request: SqliteRequest): void => worker.postMessage(request)

  const settle = (answer: SqliteAnswer): void => {
    const waiter = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) waiter?.reject(toStoreError(answer.error))
    else waiter?.resolve(answer.rows)
  }

  const die = (cause: unknown): void => {
    refused ??= new StoreError('store_unavailable', "the store's thread has died; restart the server", { cause })
    for (const waiter of waiting.values()) waiter.reject(refused)
    waiting.clear()
  }

  worker.on('message', (report: SqliteReport) => {
    for (const answer of report as readonly SqliteAnswer[]) settle(answer)
    if (waiting.size === 0 && closed === undefined) worker.unref()
  })
  worker.on('error', die)
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (exitCode) => {
      die(new Error(`exit code ${String(exitCode)}`))
      resolve()
    })
  })
  // An idle store keeps no process alive; one with batches under way does.
  worker.unref()

  return {
    run(batch: readonly Statement[]) {
      if (refused !== undefined) return Promise.reject(refused)
      return new Promise((resolve, reject) => {
        const id = ++lastId
        send({ id, statements: batch })
        if (waiting.size === 0) worker.ref()
        waiting.set(id, { resolve, reject })
      })
    },
    close() {
      if (closed === undefined) {
        refused ??= new StoreError('store_closed', 'the store is closed')
        worker.ref()
        send('close')
        closed = exited
      }
      return closed
    },
  }
}

function toStoreError({ code, message }: SqliteFailure): StoreError {
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new StoreError('store_busy', 'another process holds the database; nothing was changed, try again')
  }
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code))
    return new StoreError('store_unreadable', `the database is damaged: ${message}`)
  if (code.startsWith('SQLITE_CONSTRAINT')) return new StoreError('store_constraint', message)
  return new StoreError('store_unavailable', `${message} (${code})`)
}
