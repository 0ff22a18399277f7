/** APIs with single-use scopes and session keys, and clients by certificates or with bound tokens only, by the command. */

import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectFailure } from './command/expect-failure.ts'
import { openTerminal } from './command/terminal.ts'
import type { Terminal } from './command/terminal.ts'
import { makeAuthority, selfSign } from './harness/certificates.ts'
import type { Identity } from './harness/certificates.ts'
import { postForm } from './harness/client.ts'

const audience = 'https://bank.example'
let terminal: Terminal
beforeAll(async () => void (terminal = await openTerminal()))
afterAll(() => terminal.close())

interface ShownSecrets {
  readonly sessionSecrets: Readonly<Record<string, string>>
  readonly active: Readonly<Record<string, string>>
}

test('an API with session keys: its secret is shown for the guard, and changed; its tokens have the keys', async () => {
  const { url } = await terminal.serve('serve --dev --port 0')
  const run = (command: string) => terminal.run(`${command} --dev --issuer ${url}`)
  const secret = async (options = '') => (await run(`apis secret ${audience}${options} --json`)).json() as ShownSecrets
  const scopes = '--scope bank:read --single-use-scope bank:transfer'
  const api = await run(`apis create bank --audience ${audience} ${scopes} --session-keys`)
  expect(api.stdout).toContain(`countersign apis secret ${audience}`)
  expect((await run('apis list --json')).json()).toMatchObject([
    { scopes: ['bank:read', 'bank:transfer'], singleUseScopes: ['bank:transfer'], sessionKeys: true },
  ])

  const first = await secret()
  const version = Number(Object.keys(first.sessionSecrets)[0])
  expect(version).toBeGreaterThan(1)
  expect(first.sessionSecrets).toEqual({ [version]: expect.stringMatching(/^[\w-]{43}$/) })
  const rotated = await secret(' --rotate')
  const next = { [version + 1]: expect.stringMatching(/^[\w-]{43}$/) as unknown }
  expect(rotated.sessionSecrets).toMatchObject({ ...first.sessionSecrets, ...next })
  expect(Date.parse(String(rotated.active[version + 1])) - Date.now()).toBeGreaterThan(3_500_000)
  const shown = await run(`apis secret ${audience}`)
  expect(JSON.parse(shown.stdout.split('\n')[0] ?? '')).toEqual(rotated.sessionSecrets)
  expect(shown.stdout).toContain('give it to its guard')

  const created = await run(`clients create worker --audience ${audience} --scope bank:read bank:transfer --json`)
  const worker = created.json() as { readonly id: string; readonly secret: string }
  const ask = async () => {
    const form = { grant_type: 'client_credentials', resource: audience, session_keys: 'true' }
    const { body } = await postForm(`${url}/oauth/token`, form, worker)
    expect(body['session_keys']).toHaveProperty('seal-req')
    const [, claims = ''] = String(body['access_token']).split('.')
    return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Readonly<Record<string, unknown>>
  }
  expect(await ask()).toMatchObject({ cs_key: version, single_use: true })
  await secret(' --rotate --now')
  expect(await ask()).toMatchObject({ cs_key: version + 2 })
  expect((await run(`apis secret ${audience}`)).stdout).toContain(
    `\nNo token uses version ${version + 1}: another one came before its time.\n`,
  )

  await run('apis create plain --audience https://plain.example')
  expectFailure(await run('apis secret https://plain.example'), /\(api_without_session_keys\)$/)
  expectFailure(await run('apis secret https://nothing.example'), /\(api_not_found\)$/)
  expectFailure(await run(`apis secret ${audience} --now`), /--now goes with --rotate$/)
})

test('clients by certificates, at a server that asks for them', async () => {
  const ca = await makeAuthority()
  const client = await ca.issue('C=DE, O=Acme, CN=billing', 'client')
  const identities = { ca, client, server: await selfSign('CN=localhost'), own: await selfSign('CN=own') }
  for (const [name, { cert, key }] of Object.entries(identities)) {
    await writeFile(join(terminal.folder, `${name}.pem`), cert)
    await writeFile(join(terminal.folder, `${name}.key`), key)
  }
  const tls = '--tls-cert server.pem --tls-key server.key --tls-client-ca ca.pem'
  const { url, port } = await terminal.serve(`serve --dev --port 0 --data tls ${tls}`)
  const run = (command: string) => terminal.run(`${command} --dev --data tls --issuer ${url} ${tls}`)

  const billing = await run('clients create billing --id billing --tls-subject CN=billing,O=Acme,C=DE --json')
  expect(billing.json()).toMatchObject({ authentication: 'tls_client_auth', tlsSubject: 'CN=billing,O=Acme,C=DE' })
  const own = await run('clients create own --id own --certificate own.pem --dpop --json')
  expect(own.json()).toMatchObject({ authentication: 'self_signed_tls_client_auth', dpopBound: true })
  expect(own.stdout).not.toContain('secret')

  const ask = (clientId: string, { cert, key }: Identity): Promise<unknown> => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const target = { host: '127.0.0.1', port, path: '/oauth/token', method: 'POST', headers, rejectUnauthorized: false }
    return new Promise((resolve, reject) => {
      const sent = request({ ...target, cert, key }, (response) => void json(response).then(resolve, reject))
      sent.on('error', reject).end(`grant_type=client_credentials&client_id=${clientId}`)
    })
  }
  expect(await ask('billing', client)).toMatchObject({ token_type: 'Bearer' })
  expect(await ask('own', identities.own)).toMatchObject({ error: 'invalid_dpop_proof' })
  expect(await ask('billing', identities.own)).toMatchObject({ error: 'invalid_client' })

  expectFailure(await run('clients create app --tls-subject billing'), /\(client_invalid\)$/)
  expectFailure(await run('clients create app --certificate ca.key'), /\(client_invalid\)$/)
  expectFailure(
    await run('clients create app --certificate nowhere.pem'),
    /--certificate nowhere\.pem cannot be read \(ENOENT\)/,
  )
  expectFailure(await terminal.run('serve --dev --tls-client-ca ca.pem'), /--tls-client-ca .*--tls-cert/)
})
