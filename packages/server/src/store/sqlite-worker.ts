/**
 * The thread that owns a SQLite connection, so that an fsync never stops the event loop.
 *
 * Batches that wait together share one commit; each lies in a savepoint of its own, so that one that fails takes no
 * other with it. Imports nothing of ours: it is also shipped as a file of its own beside the bundle.
 */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

type Value = string | number | null
type Row = Readonly<Record<string, Value>>

export interface SqliteWorkerData {
  /** The path of the database, or `:memory:`. */
  readonly file: string
}

export interface SqliteBatch {
  readonly id: number
  readonly statements: readonly { readonly sql: string; readonly parameters: readonly Value[] }[]
}

export type SqliteRequest = SqliteBatch | 'close'

export type SqliteAnswer =
  | { readonly id: number; readonly rows: readonly (readonly Row[])[] }
  | { readonly id: number; readonly error: SqliteFailure }

export interface SqliteFailure {
  /** SQLite's name of the result code, such as `SQLITE_BUSY`. */
  readonly code: string
  readonly message: string
}

/** First message: `null` once the database is open, or why it is not. Then one list per group of batches. */
export type SqliteReport = SqliteFailure | null | readonly SqliteAnswer[]

const busyTimeoutMs = 10_000
/** Bounds how long one commit makes its batches wait. */
const largestGroup = 256

function open(file: string): Database.Database {
  const db = new Database(file, { timeout: busyTimeoutMs })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function createRunner(db: Database.Database): (group: readonly SqliteBatch[]) => SqliteAnswer[] {
  const cache = new Map<string, Database.Statement>()
  const prepare = (sql: string): Database.Statement => {
    let statement = cache.get(sql)
    if (statement === undefined) cache.set(sql, (statement = db.prepare(sql)))
    return statement
  }
  const control = (sql: string): void => void prepare(sql).run()

  const execute = ({ sql, parameters }: SqliteBatch['statements'][number]): readonly Row[] => {
    const statement = prepare(sql)
    if (statement.reader) return statement.all(...parameters) as Row[]
    statement.run(...parameters)
    return []
  }

  const runInSavepoint = (batch: SqliteBatch): SqliteAnswer => {
    control('savepoint batch')
    try {
      const rows = batch.statements.map(execute)
      control('release batch')
      return { id: batch.id, rows }
    } catch (error) {
      // A full disk or an I/O error can end the whole transaction: then the neighbours' work is gone too.
      if (!db.inTransaction) throw error
      control('rollback to batch')
      control('release batch')
      return { id: batch.id, error: describe(error) }
    }
  }

  return (group) => {
    const reads = group.every((batch) => batch.statements.every(({ sql }) => sql.startsWith('select ')))
    try {
      control(reads ? 'begin' : 'begin immediate')
      const answers = group.map(runInSavepoint)
      control('commit')
      return answers
    } catch (error) {
      if (db.inTransaction) control('rollback')
      return group.map(({ id }) => ({ id, error: describe(error) }))
    }
  }
}

function describe(error: unknown): SqliteFailure {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: 'unknown failure' }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return { code, message: error.message }
}

const port = parentPort
if (port !== null) {
  const report = (message: SqliteReport): void => port.postMessage(message)
  try {
    const db = open((workerData as SqliteWorkerData).file)
    const runGroup = createRunner(db)
    port.on('message', (first: SqliteRequest) => {
      let request: SqliteRequest | undefined = first
      while (request !== undefined) {
        const group: SqliteBatch[] = []
        while (request !== undefined && request !== 'close' && group.length < largestGroup) {
          group.push(request)
          request = next()
        }
        if (group.length > 0) report(runGroup(group))
        if (request === 'close') {
          db.close()
          port.close()
          return
        }
      }
    })
    const next = (): SqliteRequest | undefined =>
      (receiveMessageOnPort(port) as { message: SqliteRequest } | undefined)?.message
    report(null)
  } catch (error) {
    report(describe(error))
    port.close()
  }
}
