/** `countersign login`, `call` and `logout`: a session in a file, and calls that prove whose it is. */

import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { expectFailure } from './command/expect-failure.ts'
import { openTerminal } from './command/terminal.ts'
import type { Run, Terminal } from './command/terminal.ts'

const audience = 'https://shop.example'
const password = 'a-long-password-of-hers'

let terminal: Terminal
let issuer: string
let api: Api
let clientId: string
let env: Readonly<Record<string, string>>
const run = (command: string, input = ''): Promise<Run> => terminal.run(command, { input, env })
const login = (more: string, input = `${password}\n`): Promise<Run> =>
  run(`login --issuer ${issuer} --username alice ${more}`.trim(), input)
const loginAtApi = (): Promise<Run> => login(`--client ${clientId} --resource ${audience}`)
const call = (path: string, more = ''): Promise<Run> =>
  run(`call ${api.url}${path} --resource ${audience} ${more}`.trim())
const sessionFile = (): string => join(terminal.folder, 'config/countersign/session.json')

beforeAll(async () => {
  terminal = await openTerminal()
  const server = await terminal.serve('serve --dev --port 0')
  issuer = server.url
  env = { XDG_CONFIG_HOME: join(terminal.folder, 'config') }
  const administer = (command: string, input = '') =>
    terminal.run(`${command} --dev --issuer ${issuer} --json`, { input })
  await administer('users create alice --password-stdin', `${password}\n`)
  await administer(`apis create shop --session-keys --audience ${audience} --scope read pay`)
  const created = await administer(
    `clients create app --public --first-party --audience ${audience} --scope openid read pay --grant authorization_code refresh_token`,
  )
  clientId = String((created.json() as { readonly id: unknown }).id)
  const routes = {
    '/read': { proof: 'dpop' },
    '/pay': { scope: 'pay', singleUse: true },
    '/other': { scope: 'other' },
    '/vault': { sealed: true, proof: 'signature' },
  } as const
  const { sessionSecrets } = (await administer(`apis secret ${audience}`)).json() as {
    readonly sessionSecrets: Record<string, string>
  }
  api = await startApi(routes, { issuer, audience, sessionSecrets })
})
afterAll(async () => {
  await api.close()
  await terminal.close()
})
beforeEach(() => rm(sessionFile(), { force: true }))

test('login keeps a session in a file for its owner only, call proves it, logout ends it', async () => {
  const signedIn = await login('')
  expect(signedIn).toMatchObject({ exitCode: 0, stderr: '' })
  expect(signedIn.stdout).toMatch(
    /^signed in as alice at http:\S+\n {2}resource {2}http:\S+\n {2}scope {5}openid profile\n/,
  )
  expect((await stat(sessionFile())).mode & 0o777).toBe(0o600)
  expect(await readFile(sessionFile(), 'utf8')).not.toContain(password)

  const told = await run(`call ${issuer}/oauth/userinfo`)
  expect(told).toMatchObject({ exitCode: 0, stderr: '' })
  expect(told.json()).toMatchObject({ preferred_username: 'alice' })

  expect(await run('logout')).toMatchObject({ exitCode: 0, stdout: `signed out at ${issuer}\n` })
  expect(await readFile(sessionFile(), 'utf8')).not.toMatch(/cs_rt_|"jwk"/)
  expectFailure(await run(`call ${issuer}/oauth/userinfo`), /nobody is signed in: run `countersign login` first$/)
  expect(await run('logout')).toMatchObject({ exitCode: 0, stdout: 'nobody was signed in\n' })
})

test('login ends the session that it replaces', async () => {
  await login('')
  const old = join(terminal.folder, 'old.json')
  await copyFile(sessionFile(), old)
  expect((await run(`call ${issuer}/oauth/userinfo --session ${old}`)).exitCode).toBe(0)
  await login('')
  expect(await run(`call ${issuer}/oauth/userinfo --session ${old}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the token is revoked'),
  })
  expect((await run(`call ${issuer}/oauth/userinfo`)).exitCode).toBe(0)
})

test('an API is called with the proofs that it demands', async () => {
  expect((await loginAtApi()).stdout).toContain(`countersign call ${audience}`)
  expect((await call('/read')).json()).toMatchObject({ body: '' })
  const paid = await call('/pay', '--single-use --data {"amount":5} --header idempotency-key:k1')
  expect(paid.json()).toMatchObject({ body: '{"amount":5}' })
  const vault = await call('/vault', '--sealed --proof signature --sign-with session-key --data mine')
  expect(vault.json()).toMatchObject({ body: 'mine' })
  expect((await call('/vault', '--sealed --proof signature')).json()).toMatchObject({ body: '' })
  await writeFile(join(terminal.folder, 'order.txt'), 'one of each')
  expect((await call('/read', '--data @order.txt -X PUT')).json()).toMatchObject({ body: 'one of each' })
  const piped = await terminal.bash(
    `export XDG_CONFIG_HOME=config; echo -n piped | countersign call ${api.url}/read --resource ${audience} --data @- -i`,
  )
  expect(piped.stdout).toMatch(/^200 OK\n(.+: .+\n)+\n\{.*"body":"piped"/)
})

test('calls at once wait for one another, so that the session outlives them', async () => {
  await loginAtApi()
  const runs = await Promise.all([1, 2, 3].map((n) => call('/pay', `--single-use --data ${n}`)))
  expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(runs.map(() => [0, '']))
  expect((await call('/read')).exitCode).toBe(0)
})

test('login --json and --session', async () => {
  const made = await login('--json --session here.json')
  expect(made.json()).toMatchObject({ issuer, resource: issuer, scope: ['openid', 'profile'], file: 'here.json' })
  expect((await run(`call ${issuer}/oauth/userinfo --session here.json`)).exitCode).toBe(0)
  expect((await run('logout --json --session here.json')).json()).toEqual([
    { issuer, clientId: 'countersign-cli', outcome: 'ended' },
  ])
})

describe('refusals say what is wrong, with a code', () => {
  test('of login', async () => {
    expectFailure(await login('', 'wrong\n'), /the user name or the password is wrong: .*\(credentials_refused\)$/)
    expectFailure(await login('', ''), /standard input held no password$/)
    expectFailure(await run(`login --issuer ${issuer}`), /no terminal .+ --username NAME$/)
    expectFailure(await run('login --issuer http://id.example --username a'), /--issuer cannot be .* https URL/)
    expectFailure(
      await run('login --issuer http://127.0.0.1:1 --username a', 'x\n'),
      /the server http:\S+:1 does not answer: start it with `countersign serve --dev`, .+ --issuer \(network_failed\)$/,
    )
    expectFailure(
      await run('login --issuer https://127.0.0.1:1 --username a', 'x\n'),
      /the server https:\S+:1 does not answer: start it with `countersign serve`, .+ --issuer \(network_failed\)$/,
    )
    const ownClient = /countersign-cli signs in at the server itself only: .+ --client \(sign_in_refused\)$/
    expectFailure(await login(`--resource ${audience}`), ownClient)
    expectFailure(
      await login(`--client ${clientId} --resource x:y`),
      /may not ask for x:y, or there is no such API: see `countersign clients list` \(sign_in_refused\)$/,
    )
  })

  test('of call', async () => {
    await loginAtApi()
    for (const { called, where, resource, then } of [
      { called: `${api.url}/read`, where: `${api.url}/read`, resource: ' --resource URI', then: ', or name .+' },
      { called: `${issuer}/me`, where: `${issuer}/me`, resource: '', then: ', or name .+' },
      { called: `${api.url}/read --resource x:y`, where: 'x:y', resource: ' --resource x:y', then: '' },
    ]) {
      const login = `countersign login --issuer ${issuer} --client ${clientId}${resource}`
      const says = `nobody is signed in for ${where}: run \`${login}\`${then} \\(not_signed_in\\)$`
      expectFailure(await run(`call ${called}`), new RegExp(says))
    }
    expectFailure(
      await run(`call ${api.url}/read --client other`),
      /nobody is signed in: run `countersign login --client other` first$/,
    )
    expectFailure(await run(`call http://127.0.0.1:1/ --resource ${audience}`), /127\.0\.0\.1:1 did not answer: /)
    expectFailure(await run('call api/read'), /"api\/read" is no URL/)
    expectFailure(await call('/read', '--data @nowhere.txt'), /--data @nowhere\.txt cannot be read \(ENOENT\)$/)
    expectFailure(await call('/read', '--header nonsense'), /--header "nonsense" is no header: write "Name: value"$/)
    expectFailure(await call('/read', '--sign-with session-key'), /--sign-with goes with --proof signature$/)
    const refused = await call('/other')
    expect(refused.exitCode).toBe(1)
    expect(refused.stdout).toContain('"insufficient_scope"')
    expect(refused.stderr).toMatch(/^countersign: http:\S+ answered 403: .*error="insufficient_scope"/)
    for (const [path, hint] of [
      ['/pay', 'add --single-use'],
      ['/vault', 'add --proof signature'],
    ] as const) {
      expect((await call(path)).stderr.trimEnd().split('\n').at(-1)).toBe(hint)
    }
  })

  test('of call, where the session has ended or the server is down: what to type next', async () => {
    await loginAtApi()
    await terminal.run(`clients revoke ${clientId} --dev --issuer ${issuer}`)
    const again = `countersign login --issuer ${issuer} --client ${clientId} --resource ${audience}`
    expectFailure(
      await call('/pay', '--single-use'),
      new RegExp(`sign in again with \`${again}\` \\(session_ended\\)$`),
    )
    await login('')
    expectFailure(
      await run(`call ${api.url}/read --client countersign-cli`),
      /run `countersign login --issuer \S+ --client ID --resource URI`/,
    )
    const kept = await readFile(sessionFile(), 'utf8')
    await writeFile(sessionFile(), kept.replaceAll(issuer, 'http://127.0.0.1:1'))
    const down = await run('call http://127.0.0.1:1/oauth/userinfo')
    expectFailure(down, /the server http:\S+ does not answer: start it with `countersign serve --dev`, /)
  })

  test('of call, where there are several sessions', async () => {
    await login('')
    await loginAtApi()
    expectFailure(await call('/read'), /there are several sessions: add --issuer \S+ --client \S+, or --issuer /)
    expect((await call('/read', `--client ${clientId}`)).exitCode).toBe(0)
  })
})
