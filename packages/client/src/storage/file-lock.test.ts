/** With real processes, killed at every step. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readdir, readFile, readlink, rm, utimes, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFile } from './file-lock.ts'

const program = fileURLToPath(new URL('file-lock.fixture.ts', import.meta.url))

let above: string
let folder: string
let lock: string
let log: FileHandle
beforeEach(async () => {
  above = await mkdtemp(join(tmpdir(), 'countersign-lock-'))
  folder = join(above, 'config')
  lock = join(folder, 'session.json.claims')
  await mkdir(folder)
  log = await open(join(above, 'log'), 'a')
})
afterEach(async () => {
  await log.close()
  await rm(above, { recursive: true })
})

interface Child {
  readonly pid: string
  go(): void
  readonly ended: Promise<unknown>
  kill(): Promise<void>
}

/** Starts a process that will take the lock some times, and answers when it is ready to; `heard` is told what it says then. */
async function start(times: number, stopAt: number, heard: (line: string) => void): Promise<Child> {
  const args = ['--conditions=source', program, lock, String(times), String(stopAt)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit', log.fd] })
  const [stdin, stdout] = [child.stdin!, child.stdout!]
  const lines = createInterface({ input: stdout })
  const ended = once(child, 'close')
  await once(lines, 'line')
  lines.on('line', heard)
  return {
    pid: String(child.pid),
    go: () => void stdin.end(),
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Runs one that stops for good at a step, kills it there, and answers the last that it said. */
async function killedAt(step: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const child = await start(1, step, (line) => {
    if (line.startsWith('stopped') || line === 'done') resolve(line)
  })
  child.go()
  const last = await promise
  await child.kill()
  return last
}

describe('the lock of a process that was killed', () => {
  test('at whichever step, is taken by the next one at once, and nothing is left behind', async () => {
    const steps: string[] = []
    for (let last = ''; last !== 'done'; steps.push(last)) {
      last = await killedAt(steps.length + 1)
      const startedAt = performance.now()
      const unlock = await lockFile(lock)
      expect(performance.now() - startedAt, last).toBeLessThan(10_000)
      await unlock()
      expect(await readdir(folder), last).toEqual([])
    }
    expect(steps).toEqual([
      'stopped after readdir',
      'stopped after mkdir',
      'stopped after writeFile',
      'stopped after readdir',
      'stopped after rm',
      'stopped after rmdir',
      'done',
    ])
  })

  test('is taken by one of those who race for it, and then by the others, one at a time', async () => {
    // It had made its claim and seen no other: it had the lock.
    expect(await killedAt(4)).toBe('stopped after readdir')
    expect(await readdir(lock)).toHaveLength(1)
    const racers = await race([0, 0, 0, 0])
    const turns = await readTurns()
    expect(turns).toHaveLength(100)
    for (const { pid } of racers) expect(turns.filter((turn) => turn === `${pid} in, ${pid} out`)).toHaveLength(25)
    expect(await readdir(folder)).toEqual([])
  })

  test('goes on to those who wait for it, whenever it was killed', async () => {
    const racers = await race([0, 11, 16, 22, 29, 37])
    const turns = await readTurns()
    const [survivor, ...killed] = racers.map(({ pid }) => pid)
    expect(turns.filter((turn) => turn === `${survivor} in, ${survivor} out`)).toHaveLength(25)
    const last = killed.map((pid) => turns.filter((turn) => turn.startsWith(`${pid} in`)).at(-1))
    for (const turn of turns) expect(isWhole(turn) || last.includes(turn), turn).toBe(true)
    await (
      await lockFile(lock)
    )()
    expect(await readdir(folder)).toEqual([])
  })
})

test.runIf(process.platform === 'linux')(
  'a number that another process has now is not the process that died',
  async () => {
    await mkdir(lock)
    // Ours, and we have started at another time.
    await writeFile(join(lock, `${process.pid}-1-${await namespace()}-${crypto.randomUUID()}`), '')
    await (
      await lockFile(lock)
    )()
    expect(await readdir(folder)).toEqual([])
  },
)

test.runIf(process.platform === 'linux').for([
  { whose: 'that we have too', pid: process.pid },
  { whose: 'that nobody has here', pid: 99_999_999 },
])('a process of another container, by a number $whose, has a minute to give it back', async ({ pid }) => {
  await mkdir(lock)
  const claim = join(lock, `${pid}-1-${Number(await namespace()) + 1}-${crypto.randomUUID()}`)
  await writeFile(claim, '')
  let isOurs = false
  const waiting = lockFile(lock).then((unlock) => {
    isOurs = true
    return unlock
  })
  await setTimeout(300)
  expect(isOurs).toBe(false)
  const longAgo = Date.now() / 1000 - 61
  await utimes(claim, longAgo, longAgo)
  await (
    await waiting
  )()
  expect(await readdir(folder)).toEqual([])
})

test('a lock that is held is not taken, for as long as its holder lives', async () => {
  const heard: string[] = []
  const holder = await start(1, 4, (line) => heard.push(line))
  holder.go()
  await expect.poll(() => heard).toEqual(['stopped after readdir'])
  let isOurs = false
  const waiting = lockFile(lock).then((unlock) => {
    isOurs = true
    return unlock
  })
  await setTimeout(300)
  expect(isOurs).toBe(false)
  await holder.kill()
  await (
    await waiting
  )()
})

/** Where our process number is ours. */
async function namespace(): Promise<string> {
  return /\d+/.exec(await readlink('/proc/self/ns/pid'))![0]
}

/** Lets processes take the lock at once, 25 times each; those that stop at a step of theirs are killed there. */
async function race(stops: readonly number[]): Promise<readonly { readonly pid: string }[]> {
  const children = await Promise.all(
    stops.map(async (stopAt) => {
      const child = await start(25, stopAt, (line) => {
        if (line.startsWith('stopped')) void child.kill()
      })
      return child
    }),
  )
  for (const child of children) child.go()
  await Promise.all(children.map(({ ended }) => ended))
  return children
}

/** What each holder wrote from one taking of the lock to the next. */
async function readTurns(): Promise<readonly string[]> {
  const lines = (await readFile(join(above, 'log'), 'utf8')).trim().split('\n')
  return lines.reduce<string[]>((turns, line) => {
    if (line.endsWith(' in')) return [...turns, line]
    return [...turns.slice(0, -1), `${turns.at(-1)}, ${line}`]
  }, [])
}

/** Whether nobody else has written while the holder had the lock. */
function isWhole(turn: string): boolean {
  return /^(\d+) in, \1 out$/.test(turn)
}
