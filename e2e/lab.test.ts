/** `countersign lab` as people and scripts use it: what it prints, where, and how it ends. */

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand, startServerProcess } from './harness/server-process.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const names = ['opaque', 'hmac', 'jwt', 'one-time', 'sealed']
const psk = randomBytes(32).toString('hex')

let stage: Stage
let running: ServerProcess[] = []

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  await Promise.all(running.map((server) => server.kill()))
  running = []
  await stage.close()
})

async function serve(name: string, ...flags: string[]): Promise<ServerProcess> {
  const server = await startServerProcess(['lab', 'serve', name, '--port', '0', ...flags], stage.folder)
  running.push(server)
  return server
}

const lab = (...args: string[]) => runCommand(['lab', ...args], stage.folder)

describe.each(names)('lab … %s', (name) => {
  test('serves until it is told to stop, and then ends with 0', async () => {
    await writeFile(join(stage.folder, '.env'), `LAB_SEALED_PSK=${psk}\n`)
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const server = await serve(name)
      expect(server.url).toMatch(/^(http|tcp):\/\/127\.0\.0\.1:\d+$/)
      const next = `\nnext: countersign lab client ${name} --url ${server.url}`
      await expect.poll(() => `\n${server.log()}`).toContain(next)
      expect(server.log()).not.toContain(psk)
      expect(await server.stop(signal)).toEqual({ exitCode: 0, signal: null })
    }
  })

  test('the client shows each message and its answer, on a server of its own and on one that runs', async () => {
    await writeFile(join(stage.folder, '.env'), `LAB_SEALED_PSK=${psk}\n`)
    const { url } = await serve(name)
    const flags = name === 'sealed' ? ['--psk', psk] : []
    for (const args of [[], ['--url', url, ...flags]]) {
      const { exitCode, stdout, stderr } = await lab('client', name, ...args)
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toMatch(/^> /m)
      expect(stdout).toMatch(/^< /m)
    }
  })

  test('every attack on a server that runs ends as promised, or cannot be arranged there', async () => {
    await writeFile(join(stage.folder, '.env'), `LAB_SEALED_PSK=${psk}\n`)
    const { url } = await serve(name)
    const flags = name === 'sealed' ? ['--psk', psk] : []
    const { exitCode, stdout } = await lab('attack', name, '--url', url, '--json', ...flags)
    const rows = JSON.parse(stdout) as Readonly<Record<string, string>>[]
    expect(rows).toHaveLength(26)
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['system', 'attack', 'outcome', 'expected', 'evidence'])
      expect(row).toMatchObject({
        system: name,
        outcome: expect.stringMatching(`^(${row['expected']}|not-applicable)$`),
      })
    }
    expect(rows.find(({ attack }) => attack === 'expired-token')).toMatchObject({ outcome: 'not-applicable' })
    expect(exitCode).toBe(0)
  })

  test('an address that is taken is told in one line', async () => {
    const { port } = await serve(name)
    expect(await lab('serve', name, '--port', String(port))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^(Warning: .*\n)*countersign: port \d+ of 127\.0\.0\.1 is taken\. .*\n$/),
    })
  })
})

test('every attack shows what it sent and what came back, or says why there is none', async () => {
  const { stdout, stderr } = await lab('attack', 'one-time')
  expect(stderr).toBe('26 of 26 as promised; 3 get in\n')
  const results = stdout.trim().split('\n\n')
  expect(results).toHaveLength(26)
  for (const result of results) {
    expect(result).toMatch(
      /^[a-z-]+: (does not apply .*\n {4}[A-Z]|(blocked|gets in) \(as promised\)\n( {4}# .*\n)? {4}> .*\n {4}< )/,
    )
  }
})

test.each([
  [['serve', 'hmac', '--port', '65536'], "countersign: --port takes a number from 0 to 65535, not '65536'.\n"],
  [
    ['serve', 'jwt', '--token-ttl', '0'],
    "countersign: --token-ttl takes a whole number of seconds, at least 1, not '0'.\n",
  ],
  [['serve', 'hmac', '--redis', 'redis://127.0.0.1'], 'countersign: --redis is for one-time alone.\n'],
  [
    ['serve', 'hmac', '--trace', '--host', '0.0.0.0'],
    'countersign: --trace prints secrets and is for this machine alone: 0.0.0.0 is not a loopback address.\n',
  ],
  [
    ['client', 'hmac', '--url', 'tcp://127.0.0.1:1'],
    'countersign: tcp://127.0.0.1:1 cannot be reached (ECONNREFUSED): start it with `countersign lab serve hmac`, or leave --url out.\n',
  ],
  [
    ['attack', 'jwt', '--url', 'tcp://127.0.0.1:1'],
    "countersign: --url takes http://HOST:PORT for jwt, not 'tcp://127.0.0.1:1'.\n",
  ],
])('lab %j fails with one line and exit code 1', async (args, line) => {
  expect(await lab(...args)).toEqual({ exitCode: 1, stdout: '', stderr: line })
})

test.each([[['serve']], [['serve', 'kerberos']], [['serve', 'hmac', '--verbose']], [['matrix', 'hmac']]])(
  'lab %j is asked wrongly: exit code 2',
  async (args) => {
    expect(await lab(...args)).toMatchObject({ exitCode: 2, stdout: '' })
  },
)

test('a short secret in .env stops the start, with the line that makes a good one; the environment wins over the file', async () => {
  await writeFile(join(stage.folder, '.env'), 'LAB_HMAC_SECRET=change-me-in-production\n')
  expect(await lab('serve', 'hmac', '--port', '0')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `countersign: LAB_HMAC_SECRET has 23 bytes, and at least 32 are needed. Make one: node -p "'LAB_HMAC_SECRET=' + crypto.randomBytes(32).toString('hex')" >> .env\n`,
  })
  process.env['LAB_HMAC_SECRET'] = 'a secret of more than 32 bytes, to be sure'
  try {
    await serve('hmac')
  } finally {
    delete process.env['LAB_HMAC_SECRET']
  }
})

test('--trace prints every message, and says so', async () => {
  const server = await serve('hmac', '--trace')
  await lab('client', 'hmac', '--url', server.url)
  expect(server.log()).toMatch(/^Warning: --trace prints every message, secrets included\.\nnext: .*\n$/)
})
