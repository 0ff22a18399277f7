/** The command asked wrongly, set up wrongly, or for what it must not do: it says what is wrong and how to mend it. */

import { randomBytes } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectFailure } from './command/expect-failure.ts'
import { openTerminal } from './command/terminal.ts'
import type { Run, Terminal } from './command/terminal.ts'

describe('asked wrongly', () => {
  let terminal: Terminal
  beforeAll(async () => (terminal = await openTerminal()))
  afterAll(() => terminal.close())

  test.for([
    { command: 'bogus', says: "unknown command 'bogus'", help: '' },
    { command: 'users bogus', says: "unknown command 'bogus'", help: ' users' },
    { command: 'users create', says: "missing required argument 'username'", help: ' users create' },
    {
      command: 'users list --limit abc',
      says: "option '--limit <count>' argument 'abc' is invalid",
      help: ' users list',
    },
    { command: 'audit tail -n x', says: "option '-n, --lines <count>' argument 'x' is invalid", help: ' audit tail' },
    {
      command: 'clients create app --grant x',
      says: "option '--grant <types...>' argument 'x'",
      help: ' clients create',
    },
    { command: 'serve --prot 1', says: "unknown option '--prot'", help: ' serve' },
  ])('countersign $command → 2, what is wrong and where the help is', async ({ command, says, help }) => {
    const { exitCode, stdout, stderr } = await terminal.run(command)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr.startsWith(`countersign: ${says}`), stderr).toBe(true)
    expect(stderr).toMatch(new RegExp(`\\nRun \`countersign${help} --help\` to see what there is\\.\\n$`))
  })

  test('help and version are answers, not mistakes', async () => {
    expect(await terminal.run('--help')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await terminal.run('help keys')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('revoke') })
    expect(await terminal.run('--version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  test('settings that are wrong or missing are named, each in a line, and nothing is made', async () => {
    const missing = await terminal.run('users list')
    expect(missing.exitCode).toBe(1)
    expect(missing.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^countersign: --issuer is missing\. .*--dev\.$/),
      expect.stringMatching(/^countersign: COUNTERSIGN_MASTER_KEY is missing: .* `openssl rand -hex 32` /),
    ])
    const env = { COUNTERSIGN_MASTER_KEY: 'too-short-a-secret', COUNTERSIGN_PROT: '1' }
    const wrong = await terminal.run('serve --port many', { env })
    expect(wrong.exitCode).toBe(1)
    expect(wrong.stderr).toMatch(/^countersign: --port cannot be "many"\. /m)
    expect(wrong.stderr).toMatch(/^countersign: COUNTERSIGN_PROT is not a setting\. Did you mean COUNTERSIGN_PORT\?$/m)
    expect(wrong.stderr).toMatch(/^countersign: COUNTERSIGN_MASTER_KEY cannot be what it holds\. /m)
    expect(wrong.stderr).not.toContain('too-short-a-secret')
    expect((await terminal.bash('ls')).stdout).toBe('bin\n')
  })
})

describe('in production', () => {
  const env = { COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('hex'), COUNTERSIGN_ISSUER: 'https://127.0.0.1:1' }
  let terminal: Terminal
  beforeAll(async () => (terminal = await openTerminal()))
  afterAll(() => terminal.close())

  test('doctor finds what is wrong and says how to mend it', async () => {
    const made = await terminal.run('users list', { env })
    expect(made.stderr).toBe('countersign: there was no store in ./data: made a new one\n')
    const fine = await terminal.run('doctor --json', { env })
    expect(fine).toMatchObject({ exitCode: 0, stderr: '' })
    expect(fine.json()).toMatchObject({ healthy: true })

    const otherKey = { ...env, COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('hex') }
    expectFinding(await terminal.run('doctor --json', { env: otherKey }), {
      check: 'keys',
      fact: /\(master_key_mismatch\)$/,
      mend: /COUNTERSIGN_MASTER_KEY/,
    })
    await chmod(join(terminal.folder, 'data'), 0o755)
    expectFinding(await terminal.run('doctor --json', { env }), {
      check: 'data',
      fact: /other users/,
      mend: /^chmod 700 /,
    })
    const told = await terminal.run('doctor', { env })
    expect(told.stdout).toMatch(/^✗ data .* can be read by other users\n +mend: chmod 700 \.\/data$/m)
    expect(told).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/\nSomething is wrong: /) })

    await writeFile(join(terminal.folder, 'a-file'), '')
    expectFinding(await terminal.run('doctor --json --data a-file', { env }), {
      check: 'data',
      fact: /is no folder/,
      mend: /--data/,
    })
    const unmade = await terminal.run('doctor --json --data /proc/countersign', { env })
    expectFinding(unmade, { check: 'store', fact: /\/proc\/countersign .*\(data_folder_unusable\)$/, mend: /--data/ })
    expect(unmade.stdout).not.toContain('it is made now')
    await writeFile(join(terminal.folder, '.env'), 'COUNTERSIGN_PORT=many\n')
    expectFinding(await terminal.run('doctor --json', { env }), {
      check: 'settings',
      fact: /^COUNTERSIGN_PORT in \.env /,
      mend: /0 to 65535/,
    })
    await writeFile(join(terminal.folder, '.env'), '')
  })

  test('a data folder that cannot be made is named, and no other is said to be', async () => {
    for (const command of ['users list', 'serve --port 0 --log-level silent']) {
      const failed = await terminal.run(`${command} --data /proc/countersign`, { env })
      expectFailure(
        failed,
        /^countersign: the data folder \/proc\/countersign cannot be used: .*\(data_folder_unusable\)$/,
      )
    }
  })

  test('token mint is refused without --dev', async () => {
    expectFailure(await terminal.run('token mint --subject alice', { env }), /it works with --dev only$/)
  })

  test('the store does not open for another master key', async () => {
    const otherKey = { ...env, COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('hex') }
    expectFailure(await terminal.run('keys list', { env: otherKey }), /\(master_key_mismatch\)$/)
    expectFailure(
      await terminal.run('serve --port 0 --log-level silent', { env: otherKey }),
      /\(master_key_mismatch\)$/,
    )
  })
})

function expectFinding(
  run: Run,
  wrong: { readonly check: string; readonly fact: RegExp; readonly mend: RegExp },
): void {
  expect(run.exitCode, run.stdout).toBe(1)
  const { healthy, findings } = run.json() as { readonly healthy: boolean; readonly findings: readonly Finding[] }
  expect(healthy).toBe(false)
  const found = findings.find(({ check, result }) => check === wrong.check && result === 'wrong')
  expect(found?.fact).toMatch(wrong.fact)
  expect(found?.mend).toMatch(wrong.mend)
}

interface Finding {
  readonly check: string
  readonly result: string
  readonly fact: string
  readonly mend?: string
}
