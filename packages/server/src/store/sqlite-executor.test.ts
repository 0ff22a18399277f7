import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Executor, Statement } from './executor.ts'
import { openSqlite, openWorker, startSqliteWorker } from './sqlite-executor.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const newFile = async () => join(await mkdtemp(join(tmpdir(), 'countersign-sqlite-')), 'test.db')

const write = (sql: string, ...parameters: (string | number | null)[]): Statement => ({ sql, parameters })
const add = (id: number): Statement => write('insert into item (id) values (?)', id)
const all = [write('select id from item order by id')]

async function openItems(file = ':memory:'): Promise<Executor> {
  const executor = await openSqlite(file)
  closers.push(() => executor.close())
  await executor.run([write('create table if not exists item (id integer primary key, name text)')])
  return executor
}

describe('a batch', () => {
  test('answers the rows of each statement', async () => {
    const executor = await openItems()
    const rows = await executor.run([
      add(1),
      write('insert into item (id, name) values (?, ?) returning id, name', 2, 'two'),
      ...all,
    ])
    expect(rows).toEqual([[], [{ id: 2, name: 'two' }], [{ id: 1 }, { id: 2 }]])
  })

  test('that fails has no effect', async () => {
    const executor = await openItems()
    await expect(executor.run([add(1), add(1)])).rejects.toMatchObject({ name: 'StoreError', code: 'store_constraint' })
    await expect(executor.run([add(2), write('nonsense')])).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await executor.run(all)).toEqual([[]])
  })

  test('that fails takes none of those with it that share its commit', async () => {
    const executor = await openItems(await newFile())
    const batches = Array.from({ length: 300 }, (_, id) => (id % 3 === 0 ? [add(id), write('nonsense')] : [add(id)]))
    const outcomes = await Promise.allSettled(batches.map((batch) => executor.run(batch)))
    const kept = outcomes.flatMap(({ status }, id) => (status === 'fulfilled' ? [{ id }] : []))
    expect(kept).toHaveLength(200)
    expect(await executor.run(all)).toEqual([kept])
  })

  test('sees what was written by those that were handed in before it', async () => {
    const executor = await openItems()
    const answers = await Promise.all([
      executor.run([add(1)]),
      executor.run(all),
      executor.run([add(2)]),
      executor.run(all),
    ])
    expect(answers.map(([rows]) => rows?.length)).toEqual([0, 1, 0, 2])
  })
})

describe('the end', () => {
  test('closing lets what is under way finish, and refuses what comes after', async () => {
    const file = await newFile()
    const executor = await openItems(file)
    const writes = Array.from({ length: 20 }, (_, id) => executor.run([add(id)]))
    const closed = executor.close()
    await expect(executor.run(all)).rejects.toMatchObject({ code: 'store_closed' })
    await Promise.all([...writes, closed])
    const again = await openItems(file)
    expect((await again.run(all))[0]).toHaveLength(20)
  })

  test('a thread that dies refuses what waits and what comes', async () => {
    const worker = startSqliteWorker(':memory:')
    const executor = await openWorker(worker)
    const endless = 'with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n'
    const waiting = [executor.run([write(endless)]), executor.run([write('select 1')])]
    const refusals = Promise.all(
      waiting.map((answer) => expect(answer).rejects.toMatchObject({ code: 'store_unavailable' })),
    )
    await worker.terminate()
    await refusals
    await expect(executor.run([write('select 1')])).rejects.toMatchObject({ code: 'store_unavailable' })
    await executor.close()
  })

  test('an open store keeps no process from ending, and one under way keeps it from ending too early', async () => {
    const module = new URL('./sqlite-executor.ts', import.meta.url).href
    const script = `
      const { openSqlite } = await import('${module}')
      const executor = await openSqlite(':memory:')
      executor.run([{ sql: 'select 1 as one', parameters: [] }]).then(([rows]) => console.log(rows[0].one))
    `
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 })
    expect([stdout.toString(), status]).toEqual(['1\n', 0])
  })
})

test('a file that is no database is refused and left as it is', async () => {
  const file = await newFile()
  const text = 'dear diary, '.repeat(1000)
  await writeFile(file, text)
  await expect(openSqlite(file)).rejects.toMatchObject({ code: 'store_unreadable' })
  expect(await readFile(file, 'utf8')).toBe(text)
})
