import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { event, name, user } from './conformance/samples.fixture.ts'
import { openStore } from './open-store.ts'
import { migrate } from './sql/migrations.ts'
import { openSqlite } from './sqlite-executor.ts'

const newFolder = async () => join(await mkdtemp(join(tmpdir(), 'countersign-store-')), 'data')

/** Runs a script in a process of its own, with `store` open on the folder. */
function startProcess(dataFolder: string, script: string) {
  const module = new URL('./open-store.ts', import.meta.url).href
  const source = `
    const { openStore } = await import('${module}')
    const store = await openStore({ dataFolder: ${JSON.stringify(dataFolder)} })
    ${script}
    await store.close()
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', source])
  const outcome = { code: null as number | null, output: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (outcome.output += chunk.toString()))
  }
  const ended = once(child, 'close').then(([code]) => ({ ...outcome, code: code as number | null }))
  return { child, outcome, ended }
}

const insertUsers = (count: number, prefix: string, onInserted = '') => `
  for (let i = 0; i < ${count}; i++) {
    const id = '${prefix}' + i
    const outcome = await store.users.insert(
      { id, username: id, email: null, passwordHash: '', roles: [], createdAt: 1, disabledAt: null },
      { id, at: 1, type: 'user.created', actor: 'operator', userId: id, clientId: null, grantId: null, address: null, detail: {} },
    )
    if (outcome !== 'inserted') throw new Error(outcome)
    ${onInserted}
  }`

test('the data folder and the database are for their owner only', async () => {
  const dataFolder = await newFolder()
  const store = await openStore({ dataFolder })
  await store.users.insert(user(), event())
  const modes = ['', 'countersign.db', 'countersign.db-wal'].map(
    async (file) => (await stat(join(dataFolder, file))).mode & 0o777,
  )
  expect(await Promise.all(modes)).toEqual([0o700, 0o600, 0o600])
  await store.ping()
  await store.close()
  await expect(store.ping()).rejects.toMatchObject({ code: 'store_closed' })
})

test('what was written is there after it was closed and opened again', async () => {
  const dataFolder = await newFolder()
  const ann = user()
  const first = await openStore({ dataFolder })
  await first.users.insert(ann, event())
  await first.close()
  const second = await openStore({ dataFolder })
  expect(await second.users.find(ann.id)).toEqual(ann)
  await second.close()
})

test('a data folder that cannot be made is refused by name', async () => {
  const dataFolder = await newFolder()
  await writeFile(dataFolder, 'a file')
  await expect(openStore({ dataFolder })).rejects.toMatchObject({
    code: 'data_folder_unusable',
    message: expect.stringContaining(dataFolder) as string,
  })
})

test('folders above the data folder are made as well, for their owner only', async () => {
  const above = await newFolder()
  const store = await openStore({ dataFolder: join(above, 'more', 'data') })
  await store.close()
  const modes = ['', 'more', 'more/data'].map(async (path) => (await stat(join(above, path))).mode & 0o777)
  expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o700])
})

test('a file system that makes no folders is refused by name', async () => {
  // `/proc` says of a folder that is to be made in it that it is not there, and means the new one.
  await expect(openStore({ dataFolder: '/proc/countersign' })).rejects.toMatchObject({
    code: 'data_folder_unusable',
    message: expect.stringContaining('/proc/countersign') as string,
  })
})

test('a database that is newer than the code is refused', async () => {
  const dataFolder = await newFolder()
  await (await openStore({ dataFolder })).close()
  const executor = await openSqlite(join(dataFolder, 'countersign.db'))
  await executor.run([{ sql: 'insert into schema_migration (version) values (99)', parameters: [] }])
  await executor.close()
  await expect(openStore({ dataFolder })).rejects.toMatchObject({ code: 'store_too_new' })
})

test('a step that fails leaves the schema at the step before it, and is tried again', async () => {
  const executor = await openSqlite(':memory:')
  await expect(
    migrate(executor, [['create table a (x text)'], ['create table b (x text)', 'nonsense']]),
  ).rejects.toThrow()
  await migrate(executor, [['create table a (x text)'], ['create table b (x text)']])
  const version = { sql: 'select version from schema_migration', parameters: [] }
  expect(await executor.run([version])).toEqual([[{ version: 1 }, { version: 2 }]])
  await executor.close()
})

test('processes that start at once on an empty folder make one schema', async () => {
  const dataFolder = await newFolder()
  const starts = Array.from({ length: 4 }, (_, index) => startProcess(dataFolder, insertUsers(5, `${index}-`)).ended)
  expect(await Promise.all(starts)).toEqual(starts.map(() => ({ code: 0, output: '' })))
  const store = await openStore({ dataFolder })
  expect(await store.users.list({ limit: 100 })).toHaveLength(20)
  await store.close()
})

test('a command line gets its turn beside a server that writes without a pause', async () => {
  const dataFolder = await newFolder()
  const store = await openStore({ dataFolder })
  let running = true
  let written = 0
  const writers = Array.from({ length: 64 }, async () => {
    while (running)
      if ((await store.users.insert(user({ username: name('server') }), event())) === 'inserted') written++
  })
  const command = await startProcess(dataFolder, insertUsers(20, 'command-')).ended
  running = false
  await Promise.all(writers)
  expect(command).toEqual({ code: 0, output: '' })
  expect(await store.users.list({ limit: 1_000_000 })).toHaveLength(written + 20)
  await store.close()
})

test('what was acknowledged outlives a process that is killed', async () => {
  const dataFolder = await newFolder()
  const { child, outcome, ended } = startProcess(dataFolder, insertUsers(1_000_000, 'user-', 'console.log(id)'))
  await expect.poll(() => outcome.output.length, { timeout: 10_000 }).toBeGreaterThan(500)
  child.kill('SIGKILL')
  const acknowledged = (await ended).output.split('\n').slice(0, -1)
  const store = await openStore({ dataFolder })
  const found = await store.users.list({ limit: 1_000_000 })
  expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged))
  await store.close()
})
