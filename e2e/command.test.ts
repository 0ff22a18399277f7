/**
 * The command as people use it: transcripts of real processes, most of them beside a running server.
 *
 * Each start costs half a second, so that the tests of one folder share what was made in it.
 */

import { randomBytes } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTerminal } from './command/terminal.ts'
import type { Run, Terminal } from './command/terminal.ts'
import { call, postForm, refresh, signIn, tokensOf, userinfo } from './harness/client.ts'

const alice = { username: 'alice', password: 'a-long-password-of-hers' }

describe('beside a running server', () => {
  let terminal: Terminal
  let url: string
  /** With the same settings as the server. */
  let run: (command: string, input?: string) => Promise<Run>
  beforeAll(async () => {
    terminal = await openTerminal()
    const server = await terminal.serve('serve --dev --port 0')
    url = server.url
    run = (command, input = '') => terminal.run(`${command} --dev --issuer ${url}`, { input })
  })
  afterAll(() => terminal.close())

  test('users: created, listed, disabled, deleted; one who is disabled can neither sign in nor refresh', async () => {
    const created = await run('users create alice --email alice@example.com --password-stdin', `${alice.password}\n`)
    expect(created).toMatchObject({ exitCode: 0, stderr: '' })
    expect(created.stdout).toMatch(/^created user alice \([\da-f-]{36}\)\n$/)
    const listed = await run('users list --json')
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { id: expect.any(String), username: 'alice', email: 'alice@example.com', disabled: null },
    ])
    expect(listed.stdout).not.toMatch(/argon2|password/)
    expect((await run('users list')).stdout).toMatch(/^id +username +email +created +disabled\n\S+ +alice +alice@/)

    const tokens = tokensOf(await signIn(url, alice))
    expect((await run('users disable alice --json')).json()).toMatchObject({
      username: 'alice',
      disabled: expect.any(String),
    })
    expect(await signIn(url, alice)).toMatchObject({ status: 400, body: { error: 'invalid_credentials' } })
    expect(await refresh(url, tokens.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await userinfo(url, tokens.accessToken)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })

    expect((await run('users delete alice')).stdout).toMatch(/^deleted alice \(/)
    expect((await run('users list')).stdout).toBe('no users yet: countersign users create NAME\n')
  })

  test('users: refusals say what is wrong, with a code', async () => {
    expectFailure(
      await run('users create bob --password-stdin', 'short\n'),
      /^countersign: password: .+ \(user_invalid\)$/,
    )
    expectFailure(await run('users create bob --password-stdin', ''), /standard input held no password$/)
    expectFailure(await run('users create bob'), /no terminal .+ --password-stdin$/)
    expectFailure(await run('users disable nobody'), /\(user_not_found\)$/)
  })

  test('apis and clients: created, listed, deleted; a secret is shown once and works', async () => {
    expect((await run('apis create orders --audience https://orders.example --scope read write')).stdout).toMatch(
      /^created API orders\n {2}audience {2}https:\/\/orders\.example\n/,
    )
    expect((await run('apis list --json')).json()).toMatchObject([
      { audience: 'https://orders.example', name: 'orders', scopes: ['read', 'write'], alg: 'ES256' },
    ])
    expect((await run('apis list')).stdout).toMatch(
      /^audience .*\nhttps:\/\/orders\.example +orders +read write +ES256 /,
    )

    const created = await run(
      'clients create worker --audience https://orders.example --scope read --grant client_credentials',
    )
    const [, id = '', secret = ''] = /client_id +(\S+)\n +client_secret +(\S+)/.exec(created.stdout) ?? []
    const form = { grant_type: 'client_credentials', resource: 'https://orders.example' }
    expect((await postForm(`${url}/oauth/token`, form, { id, secret })).status).toBe(200)
    const listed = await run('clients list --json')
    expect((listed.json() as { id: string }[]).map((client) => client.id).sort()).toEqual(
      ['countersign-cli', id].sort(),
    )
    expect(listed.stdout).not.toMatch(/"secret"|hash/i)
    expect(listed.stdout).not.toContain(secret)

    expect((await run(`clients delete ${id} --json`)).json()).toEqual({ id, deleted: true })
    expect((await postForm(`${url}/oauth/token`, form, { id, secret })).status).toBe(401)
    expectFailure(await run(`clients delete ${id}`), /\(client_not_found\)$/)
    expectFailure(await run('clients create app --audience https://nowhere.example'), /\(client_invalid\)$/)
    expectFailure(await run('clients create app --jwks nowhere.json'), /--jwks nowhere\.json cannot be read \(ENOENT\)/)
    expectFailure(await run('apis create orders --audience orders'), /\(api_invalid\)$/)
    expectFailure(await run('apis create orders --audience https://orders.example'), /\(api_taken\)$/)
  })

  test('token: minted with --dev, decoded, verified; what does not hold is refused by its code', async () => {
    const minted = (await run('token mint --subject alice --scope read write --lifetime 60 --json')).json() as {
      readonly access_token: string
      readonly claims: Readonly<Record<string, unknown>>
    }
    expect(minted.claims).toMatchObject({ iss: url, aud: url, sub: 'alice', scope: 'read write' })
    const { access_token: token } = minted
    expect((await terminal.run('token decode - --json', { input: `${token}\n` })).json()).toMatchObject({
      header: { alg: 'ES256', typ: 'at+jwt' },
      claims: minted.claims,
    })
    expect((await terminal.run(`token decode ${token}`)).stdout).toMatch(/^header {2}\{.*\nNot verified: .*\n$/s)
    expect((await run(`token verify ${token} --json`)).json()).toMatchObject({ valid: true, claims: minted.claims })
    expect((await run(`token verify ${token}`)).stdout).toMatch(/\nvalid: /)

    expectFailure(await run(`token verify ${token.slice(0, -4)}AAAA`), /\(token_signature_invalid\)$/)
    expectFailure(await run(`token verify ${token} --audience https://orders.example`), /\(token_audience_mismatch\)$/)
    expectFailure(await terminal.run(`token verify ${token} --dev --port 1`), /\(token_issuer_mismatch\)$/)
    expectFailure(await terminal.run('token decode nonsense'), /\(token_malformed\)$/)
    const expired = (await run('token mint --subject alice --lifetime -60')).stdout.trim()
    expectFailure(await run(`token verify ${expired}`), /\(token_expired\)$/)
  })

  test('keys: listed, rotated, revoked; the running server learns of it', async () => {
    const before = (await run('keys list --json')).json() as readonly Key[]
    expect(before.map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual(['ES256 active', 'RS256 active'])
    const { kid: old } = before.find(({ alg }) => alg === 'ES256')!
    expect((await run('keys rotate')).stdout).toMatch(/^new ES256 key \S+, signs from \d{4}-/)
    const rotated = (await run('keys rotate --now --json')).json() as { readonly kid: string }
    expect((await run(`keys revoke ${old}`)).stdout).toMatch(/^revoked /)
    const table = (await run('keys list')).stdout
    expect(table).toMatch(new RegExp(`^${old} +ES256 +revoked `, 'm'))
    // Which of the successors it is depends on how long the commands took: a new key signs a second after it was made.
    const [, active] = /^(\S+) +ES256 +active /m.exec(table) ?? []
    await expect.poll(() => publishedKids(url), { timeout: 5000 }).toContain(active)
    await expect.poll(() => publishedKids(url), { timeout: 5000 }).toContain(rotated.kid)
    await expect.poll(() => publishedKids(url), { timeout: 5000 }).not.toContain(old)
    expectFailure(await run(`keys revoke ${old}`), /no key with this ID can be revoked/)
  })

  test('audit tail: the newest last, as lines or JSON lines', async () => {
    await run('token mint --subject carol')
    const { stdout } = await run('audit tail -n 2 --json')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events).toHaveLength(2)
    expect(events[1]).toMatchObject({ type: 'token.minted', actor: 'operator', detail: { subject: 'carol' } })
    const lines = await run('audit tail')
    expect(lines.stdout.trim().split('\n').at(-1)).toMatch(/^\d{4}-\S+Z {2}token\.minted +operator {2}.*subject=carol/)
  })

  test('doctor: nothing is wrong', async () => {
    const { exitCode, stdout } = await run('doctor')
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\nNothing is wrong\.\n$/),
    })
    expect(stdout).toContain(`${url} is up and ready`)
  })

  test('a port that is in use is said to be', async () => {
    const failed = await terminal.run(`serve --dev --log-level silent --port ${new URL(url).port}`)
    expectFailure(failed, /^countersign: --port \d+ is in use on 127\.0\.0\.1\. Give another port, or 0 for any\.$/)
  })

  test('whoever reads no further gets no complaint', async () => {
    const { stderr, stdout } = await terminal.bash(
      'countersign audit tail -n 1000 --dev | head -n 1; echo "${PIPESTATUS[0]}"',
    )
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^\d{4}-.*\n0\n$/)
  })
})

describe('a first look', () => {
  test('serve prints where it listens and three lines for curl, which work one after the other, at every start', async () => {
    const terminal = await openTerminal()
    try {
      const curl = await terminal.bash('command -v curl')
      expect(curl.exitCode, 'curl is not installed: these lines are for it').toBe(0)
      for (const username of [/^alice$/, /^alice-[\da-f]{6}$/]) {
        const server = await terminal.serve('serve --dev --port 0')
        await expect.poll(() => server.output()).toContain('Stop with Ctrl+C.')
        expect(server.output()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n/)
        expect(server.log()).toMatch(/^Warning: --dev /m)
        const lines = server
          .output()
          .split('\n')
          .filter((line) => /^ +(curl|TOKEN=)/.test(line))
        expect(lines).toHaveLength(3)
        const { exitCode, stdout, stderr } = await terminal.bash(lines.join('\n'))
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
        const [registered = '', token, userinfo = ''] = stdout.split('\n')
        const user = JSON.parse(registered) as { readonly id: string; readonly username: string }
        expect(user.username).toMatch(username)
        expect(token).toMatch(/^eyJ/)
        expect(JSON.parse(userinfo)).toEqual({ sub: user.id, preferred_username: user.username })

        const [, next = ''] = /Then: (.+?) ·/.exec(server.output()) ?? []
        const verified = await terminal.bash(`TOKEN=${token}; ${next}`)
        expect(verified.stdout).toMatch(/\nvalid: /)
        expect(await server.stop('SIGINT')).toEqual({ exitCode: 0, signal: null })
      }
    } finally {
      await terminal.close()
    }
  })

  test('demo: the whole story comes out as promised, told to people and as JSON', async () => {
    const terminal = await openTerminal()
    try {
      const [told, json] = await Promise.all([terminal.run('demo'), terminal.run('demo --json')])
      expect(told.exitCode, told.stdout + told.stderr).toBe(0)
      const [, all, count] = /^(\d+) of (\d+) as promised, in [\d.]+ s\./m.exec(told.stdout) ?? []
      expect(Number(all)).toBeGreaterThanOrEqual(25)
      expect(count).toBe(all)
      expect(told.stdout.match(/^ {2}✓ /gm)).toHaveLength(Number(all))
      expect(json.exitCode, json.stdout + json.stderr).toBe(0)
      const { asPromised, steps } = json.json() as { readonly asPromised: boolean; readonly steps: readonly unknown[] }
      expect([asPromised, steps.length]).toEqual([true, Number(all)])
    } finally {
      await terminal.close()
    }
  })
})

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
    await writeFile(join(terminal.folder, '.env'), 'COUNTERSIGN_PORT=many\n')
    expectFinding(await terminal.run('doctor --json', { env }), {
      check: 'settings',
      fact: /^COUNTERSIGN_PORT in \.env /,
      mend: /0 to 65535/,
    })
    await writeFile(join(terminal.folder, '.env'), '')
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

interface Key {
  readonly kid: string
  readonly alg: string
  readonly state: string
}

async function publishedKids(url: string): Promise<readonly string[]> {
  const { body } = await call(`${url}/.well-known/jwks.json`)
  return (body['keys'] as readonly { readonly kid: string }[]).map(({ kid }) => kid)
}

/** One line that says what and how to mend it, and exit code 1. */
function expectFailure({ exitCode, stdout, stderr }: Run, says: RegExp): void {
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(/^countersign: [^\n]+\n$/)
  expect(stderr.trim()).toMatch(says)
}

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
