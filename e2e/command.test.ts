/**
 * The command beside a running server: transcripts of real processes. Each start costs half a second, so that tests share
 * what was made.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectFailure } from './command/expect-failure.ts'
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

  test('users: created, listed, disabled, enabled, deleted; one who is disabled can neither sign in nor refresh', async () => {
    const created = await run('users create alice --email alice@example.com --password-stdin', `${alice.password}\n`)
    expect(created).toMatchObject({ exitCode: 0, stderr: '' })
    expect(created.stdout).toMatch(/^created user alice \([\da-f-]{36}\)\n$/)
    const listed = await run('users list --json')
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { id: expect.any(String), username: 'alice', email: 'alice@example.com', disabled: null },
    ])
    expect(listed.stdout).not.toMatch(/argon2|password/)
    expect((await run('users list')).stdout).toMatch(
      /^id +username +email +roles +created +disabled\n\S+ +alice +alice@/,
    )

    const tokens = tokensOf(await signIn(url, alice))
    expect((await run('users disable alice --json')).json()).toMatchObject({
      username: 'alice',
      disabled: expect.any(String),
    })
    expect(await signIn(url, alice)).toMatchObject({ status: 400, body: { error: 'invalid_credentials' } })
    expect(await refresh(url, tokens.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await userinfo(url, tokens.accessToken)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })

    const enable = `countersign users enable alice --dev --issuer ${url}`
    const { password } = alice
    expect((await run('users set-password alice --password-stdin', password)).stdout).toBe(
      `changed the password of alice, who stays disabled until \`${enable}\`\n`,
    )
    expect((await run('users enable alice')).stdout).toBe('enabled alice, who may sign in again\n')
    expect(await refresh(url, tokens.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await signIn(url, alice)).toMatchObject({ status: 200 })
    expect((await run('users disable alice')).stdout).toContain(`  undo  ${enable}\n`)

    expect((await run('users delete alice')).stdout).toMatch(/^deleted alice \(/)
    expect((await run('users list')).stdout).toBe(`no users yet: countersign users create NAME --dev --issuer ${url}\n`)
  })

  test('users: refusals say what is wrong, with a code', async () => {
    expectFailure(
      await run('users create bob --password-stdin', 'short\n'),
      /^countersign: password: .+ \(user_invalid\)$/,
    )
    expectFailure(await run('users create bob --password-stdin', ''), /standard input held no password$/)
    expectFailure(await run('users create bob'), /no terminal .+ --password-stdin$/)
    expectFailure(await run('users disable nobody'), /\(user_not_found\)$/)
    expectFailure(await run('users enable nobody'), /\(user_not_found\)$/)
  })

  test('apis and clients: created, listed, deleted; a secret is shown once and works', async () => {
    const orders = 'https://orders.example'
    expect((await run(`apis create orders --audience ${orders} --scope read write`)).stdout).toBe(
      `created API orders\n  audience  ${orders}\n` +
        `  next      countersign clients create APP --audience ${orders} --scope read write --dev --issuer ${url}\n`,
    )
    expect((await run('apis list --json')).json()).toMatchObject([
      { audience: 'https://orders.example', name: 'orders', scopes: ['read', 'write'], alg: 'ES256' },
    ])
    expect((await run('apis list')).stdout).toMatch(
      /^audience .*\nhttps:\/\/orders\.example +orders +read write +- +false +ES256 /,
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
    const nono = await run('clients create app --audience https://orders.example --scope openid read nono --json')
    expect({ exitCode: nono.exitCode, stderr: nono.stderr }).toEqual({
      exitCode: 0,
      stderr: 'countersign: the client gets no nono: there is no such scope at https://orders.example\n',
    })
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
    const other = (await run('token mint --subject alice --audience https://orders.example')).stdout.trim()
    expectFailure(
      await run(`token verify ${other}`),
      /: give --audience https:\/\/orders\.example \(token_audience_mismatch\)$/,
    )
    expectFailure(await terminal.run(`token verify ${token} --dev --port 1`), /\(token_issuer_mismatch\)$/)
    expectFailure(await terminal.run('token decode nonsense'), /\(token_malformed\)$/)
    const expired = (await run('token mint --subject alice --lifetime -60')).stdout.trim()
    expectFailure(await run(`token verify ${expired}`), /\(token_expired\)$/)
  })

  test('keys: listed, rotated, revoked; the running server learns of it', async () => {
    const before = (await run('keys list --json')).json() as readonly Key[]
    expect(before.map(({ signs, alg, state }) => `${signs} ${alg} ${state}`).sort()).toEqual([
      'status ES256 active',
      'token ES256 active',
      'token RS256 active',
    ])
    const { kid: old } = before.find(({ signs, alg }) => signs === 'token' && alg === 'ES256')!
    expect((await run('keys rotate')).stdout).toMatch(/^new ES256 key \S+, signs from \d{4}-/)
    const rotated = (await run('keys rotate --now --json')).json() as { readonly kid: string }
    expect((await run(`keys revoke ${old}`)).stdout).toMatch(/^revoked /)
    const table = (await run('keys list')).stdout
    expect(table).toMatch(new RegExp(`^${old} +token +ES256 +revoked `, 'm'))
    // Which of the successors it is depends on how long the commands took: a new key signs a second after it was made.
    const [, active] = /^(\S+) +token +ES256 +active /m.exec(table) ?? []
    await expect.poll(() => publishedKids(url), { timeout: 5000 }).toContain(active)
    await expect.poll(() => publishedKids(url), { timeout: 5000 }).toContain(rotated.kid)
    await expect.poll(() => publishedKids(url), { timeout: 5000 }).not.toContain(old)
    expect((await run('audit tail')).stdout).toMatch(/key\.revoked +operator /)
    expectFailure(await run(`keys revoke ${old}`), /no key with this ID can be revoked/)
    expectFailure(await run('keys rotate --signs status --alg RS256'), /status lists are signed by ES256/)
    expect((await run('keys rotate --signs status')).stdout).toMatch(/^new ES256 key /)
    expect((await run('keys rotate --signs status')).stdout).toMatch(/^already waiting: ES256 key /)
  })

  test('audit tail: the newest last, as lines or JSON lines', async () => {
    expect(await run('token mint --subject carol')).toMatchObject({ exitCode: 0, stderr: '' })
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
      stdout: expect.stringMatching(/\nNothing is wrong; look at what is marked with "!"\.\n$/),
    })
    expect(stdout).toContain(`${url} is up and ready`)
  })

  test('a port that is in use is said to be', async () => {
    const failed = await terminal.run(`serve --dev --log-level silent --port ${new URL(url).port}`)
    expectFailure(failed, /^countersign: --port \d+ is in use on 127\.0\.0\.1\. Give another port, or 0 for any\.$/)
  })

  test('whoever reads no further gets no complaint', async () => {
    const { stderr, stdout } = await terminal.bash('countersign audit tail --dev | head -n 0; echo "${PIPESTATUS[0]}"')
    expect({ stderr, stdout }).toEqual({ stderr: '', stdout: '0\n' })
  })
})

interface Key {
  readonly kid: string
  readonly signs: string
  readonly alg: string
  readonly state: string
}

async function publishedKids(url: string): Promise<readonly string[]> {
  const { body } = await call(`${url}/.well-known/jwks.json`)
  return (body['keys'] as readonly { readonly kid: string }[]).map(({ kid }) => kid)
}
