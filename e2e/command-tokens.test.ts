/** Tokens by the command, at an API that refuses what is revoked and asks the server at no call: minted, taken, revoked. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { expectFailure } from './command/expect-failure.ts'
import { openTerminal } from './command/terminal.ts'
import type { Run, Terminal } from './command/terminal.ts'
import { call, postForm, refresh, signIn, tokensOf, userinfo } from './harness/client.ts'

const audience = 'https://orders.example'
const berta = { username: 'berta', password: 'a-long-password-of-hers' }

let terminal: Terminal
let url: string
let api: Api
/** With the same settings as the server. */
let run: (command: string, input?: string) => Promise<Run>
beforeAll(async () => {
  terminal = await openTerminal()
  ;({ url } = await terminal.serve('serve --dev --port 0'))
  run = (command, input = '') => terminal.run(`${command} --dev --issuer ${url}`, { input })
  await run(`apis create Orders --audience ${audience} --scope read`)
  api = await startApi({ '/': { scope: 'read' } }, { issuer: url, audience, status: 'required' })
})
afterAll(async () => {
  await api.close()
  await terminal.close()
})

const order = (token: string) => call(`${api.url}/`, token)
const codeOf = (token: string) => async () => (await order(token)).body['code']
const mint = async () =>
  (await run(`token mint --subject alice --audience ${audience} --scope read --lifetime 3600`)).stdout.trim()

describe('token revoke', () => {
  test('ends a minted token at an API that looks at the status, within two seconds, and no other', async () => {
    const [token, other] = [await mint(), await mint()]
    for (const minted of [token, other]) expect((await order(minted)).status).toBe(200)
    expect((await run(`token revoke ${token}`)).stdout).toMatch(/^revoked grant \S+\n {2}client {2}countersign-cli\n/)
    await expect.poll(codeOf(token), { timeout: 3000, interval: 50 }).toBe('token_revoked')
    expect((await order(other)).status).toBe(200)
    expectFailure(await run(`token revoke ${token}`), /\(grant_already_revoked\)$/)
    expect((await run('audit tail -n 1')).stdout).toMatch(/ grant\.revoked +operator /)

    expect((await run('clients revoke countersign-cli --json')).json()).toEqual({ id: 'countersign-cli', revoked: 1 })
    await expect.poll(codeOf(other), { timeout: 3000, interval: 50 }).toBe('token_revoked')
  })

  test('ends a client’s token, which anybody may have found, read from standard input', async () => {
    const create = `clients create Batch --id batch --scope read --audience ${audience} --json`
    const { secret } = (await run(create)).json() as { readonly secret: string }
    const form = { grant_type: 'client_credentials', resource: audience }
    const bought = await postForm(`${url}/oauth/token`, form, { id: 'batch', secret })
    const token = String(bought.body['access_token'])
    expect((await order(token)).status).toBe(200)
    const revoked = await run('token revoke - --json', `${token}\n`)
    expect(revoked.json()).toEqual({ grant: expect.any(String), client: 'batch', user: null, revoked: true })
    await expect.poll(codeOf(token), { timeout: 3000, interval: 50 }).toBe('token_revoked')
  })

  test('ends a whole sign-in, by its access token or its refresh token', async () => {
    const created = await run('users create berta --password-stdin --json', `${berta.password}\n`)
    const { id: user } = created.json() as { readonly id: string }
    for (const kind of ['accessToken', 'refreshToken'] as const) {
      const tokens = tokensOf(await signIn(url, berta))
      expect((await run(`token revoke ${tokens[kind]} --json`)).json()).toMatchObject({ user, revoked: true })
      expect(await refresh(url, tokens.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      expect(await userinfo(url, tokens.accessToken)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    }
  })

  test('refuses what is no living token of this server', async () => {
    const token = await mint()
    expectFailure(await run(`token revoke ${token.slice(0, -4)}AAAA`), /\(token_signature_invalid\)$/)
    expectFailure(await run('token revoke nonsense'), /\(token_malformed\)$/)
    const expired = (await run('token mint --subject alice --lifetime -60')).stdout.trim()
    expectFailure(await run(`token revoke ${expired}`), /\(token_expired\)$/)
    expectFailure(await terminal.run(`token revoke ${token} --dev --port 1`), /\(token_issuer_mismatch\)$/)
  })
})

test('token mint refuses more than an hour, and an API that there is not', async () => {
  expectFailure(await run('token mint --subject alice --lifetime 3601'), /3600 seconds at most \(token_invalid\)$/)
  expectFailure(await run('token mint --subject alice --audience https://nowhere.example'), /\(api_not_found\)$/)
})
