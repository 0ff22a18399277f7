/**
 * What the server of `jwt` knows: users, their phones, and the secrets. SQLite, in memory or in a file.
 */

import { closeSync, openSync } from 'node:fs'
import SQLite from 'better-sqlite3'

import { SettingError } from '../secrets.ts'

export interface StoredSecret {
  readonly kid: string
  readonly generation: number
  readonly createdAt: number
  readonly activeAt: number
  readonly retiredAt: number | null
  readonly goneAt: number | null
  readonly bytes: Buffer
}

export interface Database {
  /** False if the name is taken. */
  addUser(name: string, passwordHash: string): boolean
  passwordHashOf(name: string): string | undefined
  countUsers(): number
  addPhone(user: string, phone: string): void
  /** In the order of adding. */
  phonesOf(user: string): readonly string[]
  secrets(): readonly StoredSecret[]
  /** These and no others, from now on. */
  replaceSecrets(secrets: readonly StoredSecret[]): void
  close(): void
}

const schema = `
  CREATE TABLE IF NOT EXISTS user (name TEXT PRIMARY KEY, password_hash TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS phone (id INTEGER PRIMARY KEY, user TEXT NOT NULL REFERENCES user, phone TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS phone_user ON phone (user);
  CREATE TABLE IF NOT EXISTS secret (
    kid TEXT PRIMARY KEY, generation INTEGER NOT NULL UNIQUE, created_at REAL NOT NULL, active_at REAL NOT NULL,
    retired_at REAL, gone_at REAL, bytes BLOB NOT NULL
  ) STRICT;`

/** @param file kept for its owner alone, since it holds secrets; undefined: in memory */
export function openDatabase(file: string | undefined): Database {
  const db = file === undefined ? new SQLite(':memory:') : openFile(file)
  db.pragma('foreign_keys = ON')
  db.exec(schema)

  const insertUser = db.prepare('INSERT INTO user VALUES (?, ?) ON CONFLICT DO NOTHING')
  const selectUser = db.prepare<[string], string>('SELECT password_hash FROM user WHERE name = ?').pluck()
  const countUsers = db.prepare<[], number>('SELECT count(*) FROM user').pluck()
  const insertPhone = db.prepare('INSERT INTO phone (user, phone) VALUES (?, ?)')
  const selectPhones = db.prepare<[string], string>('SELECT phone FROM phone WHERE user = ? ORDER BY id').pluck()
  const selectSecrets = db.prepare<[], StoredSecret>(`
    SELECT kid, generation, created_at AS createdAt, active_at AS activeAt, retired_at AS retiredAt, gone_at AS goneAt, bytes
    FROM secret ORDER BY generation`)
  const deleteSecrets = db.prepare('DELETE FROM secret')
  const insertSecret = db.prepare(
    'INSERT INTO secret VALUES (@kid, @generation, @createdAt, @activeAt, @retiredAt, @goneAt, @bytes)',
  )

  return {
    addUser: (name, passwordHash) => insertUser.run(name, passwordHash).changes === 1,
    passwordHashOf: (name) => selectUser.get(name),
    countUsers: () => countUsers.get() ?? 0,
    addPhone: (user, phone) => void insertPhone.run(user, phone),
    phonesOf: (user) => selectPhones.all(user),
    secrets: () => selectSecrets.all(),
    replaceSecrets: db.transaction((secrets: readonly StoredSecret[]) => {
      deleteSecrets.run()
      for (const { kid, generation, createdAt, activeAt, retiredAt, goneAt, bytes } of secrets) {
        insertSecret.run({ kid, generation, createdAt, activeAt, retiredAt, goneAt, bytes })
      }
    }),
    close: () => void db.close(),
  }
}

function openFile(file: string): SQLite.Database {
  try {
    closeSync(openSync(file, 'a', 0o600))
    const db = new SQLite(file, { timeout: 0 })
    // One server at a time: a second one would not know the secrets that the first makes from now on.
    db.pragma('locking_mode = EXCLUSIVE')
    // A secret that is gone is gone from the file too.
    db.pragma('secure_delete = ON')
    db.pragma('journal_mode = TRUNCATE')
    db.exec('BEGIN EXCLUSIVE; COMMIT')
    return db
  } catch (error) {
    const { code = '', message } = error as Error & { readonly code?: string }
    throw new SettingError(`--data ${file}: ${code === 'SQLITE_BUSY' ? 'another server uses it' : message}`)
  }
}
