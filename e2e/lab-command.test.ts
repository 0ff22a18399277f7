/** What `countersign lab` promises to whoever scripts it: lines to wait for, secrets that stop a start, the matrix as JSON. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { attackedNames, attackNames } from '@countersign/lab'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from './harness/server-process.ts'

type Row = Readonly<Record<'system' | 'attack' | 'outcome' | 'expected' | 'evidence', string>>

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('lab serve prints what it made, where it listens and its process, in this order', async () => {
  const bin = fileURLToPath(new URL('../packages/cli/bin/countersign.js', import.meta.url))
  const args = [bin, 'lab', 'serve', 'sealed', '--port', '0']
  const server = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: server.stdout })) {
    lines.push(line)
    if (line.startsWith('pid ')) server.kill('SIGTERM')
  }
  expect(lines).toEqual([
    expect.stringMatching(/^pre-shared key: [0-9a-f]{64}$/),
    expect.stringMatching(/^listening on tcp:\/\/127\.0\.0\.1:\d+$/),
    `pid ${server.pid ?? ''}`,
  ])
  expect(await ended).toEqual([0, null])
})

test.each([
  ['hmac', 'LAB_HMAC_SECRET'],
  ['jwt', 'LAB_JWT_SECRET'],
  ['one-time', 'JWT_SECRET_KEY'],
  ['sealed', 'LAB_SEALED_PSK'],
  ['sealed', 'LAB_SEALED_TOKEN_KEY'],
])("%s does not start with the sources' own secret in %s, and says how to make one", async (name, variable) => {
  await writeFile(join(folder, '.env'), `${variable}=change-me-in-production\n`)
  const { exitCode, stdout, stderr } = await runCommand(['lab', 'serve', name, '--port', '0'], folder)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(new RegExp(`^countersign: ${variable} .* Make one: node -p .*>> \\.env\\n$`))
})

/** For attacks that measure times, on a machine that has more to do. */
const timeout = 240_000

test.each(['opaque', 'product'])('lab attack %s --json is its rows, each as promised', { timeout }, async (name) => {
  const { exitCode, stdout, stderr } = await runCommand(['lab', 'attack', name, '--json'], folder)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expectPromised(JSON.parse(stdout) as Row[], [name])
})

test("lab attack product takes nobody's server: it starts its own, with people and a bank", async () => {
  const { exitCode, stderr } = await runCommand(['lab', 'attack', 'product', '--url', 'http://127.0.0.1:1'], folder)
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/^countersign: product is started/),
  })
})

test('lab matrix --json is the rows of every system and the product, each as promised', { timeout }, async () => {
  const { exitCode, stdout, stderr } = await runCommand(['lab', 'matrix', '--json'], folder)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expectPromised(JSON.parse(stdout) as Row[], attackedNames)
})

function expectPromised(rows: readonly Row[], names: readonly string[]): void {
  expect(rows.filter(({ outcome, expected }) => outcome !== expected)).toEqual([])
  const cells = names.flatMap((system) => attackNames.map((attack) => `${system} ${attack}`))
  expect(rows.map(({ system, attack }) => `${system} ${attack}`)).toEqual(cells)
  expect(rows.filter(({ evidence }) => evidence === '')).toEqual([])
}
