/** APIs by the command, beside a running server and a guarded API: shown, changed, deleted, and what follows for tokens. */

import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import { expectFailure } from './command/expect-failure.ts'
import { openTerminal } from './command/terminal.ts'
import type { Run, Terminal } from './command/terminal.ts'
import { buyCode, call, postForm, redeem, refresh, tokensOf } from './harness/client.ts'
import type { Answer, Tokens } from './harness/client.ts'

const berta = { username: 'berta', password: 'a-long-password-of-hers' }
const app = { client_id: 'bank-app' }

let terminal: Terminal
let url: string
/** With the same settings as the server. */
let run: (command: string, input?: string) => Promise<Run>
beforeAll(async () => {
  terminal = await openTerminal()
  ;({ url } = await terminal.serve('serve --dev --port 0'))
  run = (command, input = '') => terminal.run(`${command} --dev --issuer ${url}`, { input })
  await run('users create berta --password-stdin', `${berta.password}\n`)
})
afterAll(() => terminal.close())

async function signIn(resource: string): Promise<Tokens> {
  return tokensOf(await redeem(url, await buyCode(url, berta, { ...app, resource, scope: 'read pay' }), app))
}

const claimsOf = ({ body }: Answer) => decodeJwt(String(body['access_token']))

describe('an API is changed', () => {
  const bank = 'https://bank.example'

  test('what is changed shows, and is in the next token', async () => {
    await run(`apis create Bank --audience ${bank} --scope read pay`)
    await run(`clients create App --id bank-app --public --first-party --scope read pay tip --audience ${bank}`)
    await run(`clients create Bank --id bank --resource-server ${bank}`)
    await run(`roles create teller --grant ${bank}=pay`)
    await run('users set-roles berta teller')
    const first = await signIn(bank)
    expect(decodeJwt(first.accessToken)).toMatchObject({ scope: 'read pay' })

    const changes = '--name Vault --add-scope audit --add-single-use-scope tip read --remove-scope pay --alg RS256'
    expect((await run(`apis update ${bank} ${changes}`)).stdout).toMatch(
      /^updated API Vault\n {2}audience +https:\/\/bank\.example\n {2}scopes +read audit tip\n {2}for single use +tip read\n/,
    )
    const second = await refresh(url, first.refreshToken, app)
    expect(claimsOf(second)).toMatchObject({ scope: 'read', single_use: true })
    expect((await terminal.run(`token decode ${String(second.body['access_token'])}`)).stdout).toContain('RS256')
    await run(`apis update ${bank} --reusable-scope read --add-scope pay --json`)
    const third = await refresh(url, tokensOf(second).refreshToken, app)
    expect(claimsOf(third)).toMatchObject({ scope: 'read pay' })
    expect(claimsOf(third)).not.toHaveProperty('single_use')

    const shown = await run(`apis show ${bank}`)
    expect(shown.stdout).toMatch(/^API Vault\n/)
    expect(shown.stdout).toMatch(
      /\n {2}callers +bank-app\n {2}resource servers +bank\n {2}closed by role +teller: pay\n$/,
    )
    expect((await run(`apis show ${bank} --json`)).json()).toMatchObject({
      ...{
        audience: bank,
        name: 'Vault',
        scopes: ['read', 'audit', 'tip', 'pay'],
        singleUseScopes: ['tip'],
        alg: 'RS256',
      },
      ...{ callers: ['bank-app'], resourceServers: ['bank'], roles: { teller: ['pay'] }, sessionKeys: false },
    })
    expect((await run('audit tail -n 3')).stdout).toMatch(/ api\.updated +operator +.*audience=https:\/\/bank\.example/)
  })

  test('session keys come with a secret, and go with it', async () => {
    expectFailure(
      await run(`apis secret ${bank}`),
      /apis update AUDIENCE --session-keys .*\(api_without_session_keys\)$/,
    )
    expect((await run(`apis update ${bank} --session-keys`)).stdout).toMatch(
      /\n {2}session keys +yes\n(?:.*\n)* {2}next +countersign apis secret https:\/\/bank\.example --dev --issuer \S+\n$/,
    )
    const secrets = async () => (await run(`apis secret ${bank} --json`)).json() as { sessionSecrets: object }
    const before = await secrets()
    const [version = ''] = Object.keys(before.sessionSecrets)
    expect(before.sessionSecrets).toEqual({ [version]: expect.stringMatching(/^[\w-]{43}$/) })
    expect((await run(`apis update ${bank} --no-session-keys --json`)).json()).toMatchObject({ sessionKeys: false })
    await run(`apis update ${bank} --session-keys`)
    expect((await secrets()).sessionSecrets).not.toHaveProperty(version)
  })

  test('or not: refusals say what is wrong, with a code', async () => {
    for (const { changes, says } of [
      { changes: '', says: /nothing was changed \(api_unchanged\)$/ },
      { changes: '--name Vault --add-scope read', says: /\(api_unchanged\)$/ },
      { changes: '--remove-scope raed', says: /"raed" is no scope of this API \(api_invalid\)$/ },
      { changes: '--reusable-scope read', says: /no single-use scope of this API \(api_invalid\)$/ },
      { changes: '--add-scope x --remove-scope read x', says: /\(api_invalid\)$/ },
      { changes: '--add-scope openid', says: /openid has a meaning at the issuer already \(api_invalid\)$/ },
    ]) {
      expectFailure(await run(`apis update ${bank}${changes && ` ${changes}`}`), says)
    }
    for (const command of ['show', 'update', 'delete']) {
      expectFailure(await run(`apis ${command} https://nowhere.example`), /\(api_not_found\)$/)
    }
  })
})

test('an API is deleted: its tokens are dead, nobody gets new ones, and one of the same name begins with nothing', async () => {
  const shop = 'https://shop.example'
  const create = `apis create Shop --audience ${shop} --scope read pay --session-keys`
  await run(create)
  await run(`clients create Till --id till --public --first-party --scope read pay --audience ${shop}`)
  const created = await run(`clients create Batch --id batch --scope read --audience ${shop} --json`)
  const { secret } = created.json() as { readonly secret: string }
  await run(`roles create cashier --grant ${shop}=pay`)
  const getToken = () =>
    postForm(`${url}/oauth/token`, { grant_type: 'client_credentials', resource: shop }, { id: 'batch', secret })
  const till = { client_id: 'till' }
  const bought = await buyCode(url, berta, { ...till, resource: shop, scope: 'read' })
  const { accessToken, refreshToken } = tokensOf(await redeem(url, bought, till))
  const ofBatch = String((await getToken()).body['access_token'])
  const api = await startApi({ '/': { scope: 'read' } }, { issuer: url, audience: shop, status: 'required' })
  try {
    for (const token of [accessToken, ofBatch]) expect((await call(`${api.url}/`, token)).status).toBe(200)

    const deleted = await run(`apis delete ${shop}`)
    expect(deleted.stdout).toMatch(
      /^deleted API https:\/\/shop\.example\n {2}revoked +2 grants: .*\n {2}taken from +(?:batch till|till batch)\n {2}closed by +cashier: pay, if it is made again\n$/,
    )
    for (const token of [accessToken, ofBatch]) {
      const code = async () => (await call(`${api.url}/`, token)).body['code']
      await expect.poll(code, { timeout: 3000, interval: 50 }).toBe('token_revoked')
    }
    expect(await refresh(url, refreshToken, till)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await getToken()).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
    expect((await run('audit tail -n 1')).stdout).toMatch(/ api\.deleted +operator +.*audience=https:\/\/shop\.example/)

    await run(create)
    expect((await run(`apis show ${shop} --json`)).json()).toMatchObject({
      ...{ callers: [], resourceServers: [], roles: { cashier: ['pay'] } },
    })
    expect(await getToken()).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
    expect(await refresh(url, refreshToken, till)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await run(`apis delete ${shop} --json`)).json()).toEqual({
      ...{ audience: shop, deleted: true, revoked: 0, clients: [], roles: { cashier: ['pay'] } },
    })
  } finally {
    await api.close()
  }
})
