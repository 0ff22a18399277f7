/**
 * The examples as they are told in `examples/README.md`: its commands, its APIs, its client, each as a process. The
 * certificates alone are made here: the script that makes them for people needs `openssl`.
 */

import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import type { RequestOptions } from 'node:https'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeAuthority } from './harness/certificates.ts'
import type { Identity } from './harness/certificates.ts'
import { buyCode, call, redeem } from './harness/client.ts'
import { cleanEnvironment } from './harness/server-process.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const run = promisify(execFile)
const password = 'a-long-password-of-theirs'

let stage: Stage
let server: ServerProcess
const apis: ChildProcess[] = []

beforeAll(async () => {
  stage = await openStage()
  server = await stage.serve()
  await stage.administer(server.url, async (administration) => {
    await administration.createRole({ name: 'auditor', scopes: {} })
    await administration.createUser({ username: 'ada', password, roles: ['auditor'] })
    await administration.createUser({ username: 'bob', password })
  })
})

afterAll(async () => {
  for (const api of apis) api.kill('SIGKILL')
  await stage.close()
})

describe.each(['hono', 'express', 'fastify'])('the API in %s', (framework) => {
  let api: string

  beforeAll(async () => {
    const port = await freePort()
    api = `http://127.0.0.1:${port}`
    const command = (...args: string[]) => stage.command(server.url, ...args)
    await command('apis', 'create', 'bank', '--audience', api, '--scope', 'read', 'pay', '--session-keys')
    const app = ['clients', 'create', 'bank-app', '--id', `bank-app-${port}`, '--public', '--first-party']
    await command(...app, '--audience', api, '--scope', 'openid', 'read', 'pay')
    const { sessionSecrets } = await command('apis', 'secret', api)
    await startApi(`${framework}/api.ts`, port, { SESSION_SECRETS: JSON.stringify(sessionSecrets) })
    await untilNextSecond()
  })

  test('gives its owner all that it has, each request with its proofs', async () => {
    expect(await runClient(api, 'ada')).toEqual([
      'GET /balance → 200 {"balance":1000}',
      'POST /transfers → 200 {"balance":100}',
      'POST /advice → 200 {"advice":"As to \\"Shall I buy?\\": not before Monday."}',
      expect.stringMatching(/^GET \/transfers → 200 \[\{"from":"[^"]+","to":"landlord","amount":900\}\]$/),
      'signed out: ended',
    ])
  })

  test('refuses people without the role', async () => {
    const lines = await runClient(api, 'bob')
    expect(lines[0]).toBe('GET /balance → 200 {"balance":1000}')
    expect(lines[3]).toMatch(/^GET \/transfers → 403 .*"code":"insufficient_role"/)
  })

  test('refuses tokens that are bound to no key, and none at all', async () => {
    const form = { client_id: `bank-app-${new URL(api).port}`, resource: api }
    const code = await buyCode(server.url, { username: 'ada', password }, { ...form, scope: 'read pay' })
    const { body } = await redeem(server.url, code, form)
    for (const path of ['/balance', '/transfers']) {
      const bearer = await call(api + path, String(body['access_token']))
      expect(bearer).toMatchObject({ status: 401, body: { code: 'dpop_proof_required' } })
      expect(await call(api + path)).toMatchObject({ status: 401, body: { code: 'missing_token' } })
    }
  })
})

test('the smallest API greets who may read', async () => {
  const port = await freePort()
  const api = `http://127.0.0.1:${port}`
  await stage.command(server.url, 'apis', 'create', 'greeter', '--audience', api, '--scope', 'read')
  const app = ['clients', 'create', 'reader', '--id', 'reader', '--public', '--first-party', '--audience', api]
  await stage.command(server.url, ...app, '--scope', 'openid', 'read')
  await startApi('smallest/api.ts', port)
  const form = { client_id: 'reader', resource: api }
  const code = await buyCode(server.url, { username: 'ada', password }, { ...form, scope: 'read' })
  const { body } = await redeem(server.url, code, form)
  const headers = { authorization: `Bearer ${String(body['access_token'])}` }
  expect(await (await fetch(api, { headers })).text()).toMatch(/^Hello, [^ ]+\.\n$/)
  expect((await fetch(api)).status).toBe(401)
})

test('a service shows its certificate to server and API, and its token is good with that certificate alone', async () => {
  const certificates = join(stage.folder, 'certificates')
  const file = (name: string): string => join(certificates, name)
  const authority = await makeAuthority()
  const serving = await authority.issue('CN=localhost', 'server')
  const reporter = await authority.issue('CN=reporter', 'client')
  const thief = await authority.issue('CN=thief', 'client')
  await mkdir(certificates)
  await writeFile(file('ca.pem'), authority.cert)
  for (const [name, { cert, key }] of Object.entries({ server: serving, service: reporter })) {
    await writeFile(file(`${name}.pem`), cert)
    await writeFile(file(`${name}-key.pem`), key)
  }
  const [port, apiPort] = [await freePort(), await freePort()]
  const [issuer, api] = [`https://localhost:${port}`, `https://localhost:${apiPort}`]
  const tls = ['--tls-cert', file('server.pem'), '--tls-key', file('server-key.pem'), '--tls-client-ca', file('ca.pem')]
  await stage.serve({ port, issuer, flags: ['--log-level', 'warn', ...tls] })
  await stage.command(issuer, 'apis', 'create', 'reports', '--audience', api, '--scope', 'report')
  const service = ['clients', 'create', 'reporter', '--id', 'reporter', '--grant', 'client_credentials']
  await stage.command(issuer, ...service, '--audience', api, '--scope', 'report', '--tls-subject', 'CN=reporter')
  const env = { ISSUER: issuer, API: api, CERTIFICATES: certificates, NODE_EXTRA_CA_CERTS: file('ca.pem') }
  await startApi('mtls/api.ts', apiPort, env)

  const { stdout } = await run(process.execPath, ['--conditions=source', example('mtls/service.ts')], {
    env: { ...cleanEnvironment(), ...env },
  })
  expect(stdout).toBe('The report, for reporter.\n')

  const ca = authority.cert
  const as = ({ cert, key }: Identity): RequestOptions => ({ ca, cert, key })
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'reporter', resource: api })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const asked = { method: 'POST', headers }
  const answer = await send(`${issuer}/oauth/token`, { ...as(reporter), ...asked }, form.toString())
  const { access_token: token } = JSON.parse(answer.text) as { readonly access_token: string }
  const bearer = { headers: { authorization: `Bearer ${token}` } }
  expect(await send(api, { ...as(reporter), ...bearer })).toMatchObject({ status: 200 })
  expect(await send(api, { ...as(thief), ...bearer })).toMatchObject({
    status: 401,
    text: expect.stringContaining('"certificate_mismatch"'),
  })
  await expect(send(api, { ca, ...bearer })).rejects.toThrow()
})

function send(url: string, options: RequestOptions, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent: false }, (response) => {
      text(response).then((received) => resolve({ status: response.statusCode ?? 0, text: received }), reject)
    })
    sent.on('error', reject).end(body)
  })
}

async function startApi(path: string, port: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const api = spawn(process.execPath, ['--conditions=source', example(path)], {
    env: { ...cleanEnvironment(), PORT: String(port), ISSUER: server.url, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  apis.push(api)
  for await (const line of createInterface({ input: api.stdout })) if (line.startsWith('listening on ')) break
}

/** Answers the lines that the client printed. */
async function runClient(api: string, username: string): Promise<readonly string[]> {
  const id = { ACCOUNT: username, PASSWORD: password, CLIENT: `bank-app-${new URL(api).port}` }
  const { stdout } = await run(process.execPath, ['--conditions=source', example('client/client.ts')], {
    env: { ...cleanEnvironment(), API: api, ISSUER: server.url, ...id },
  })
  return stdout.trimEnd().split('\n')
}

function example(path: string): string {
  return fileURLToPath(new URL(`../examples/${path}`, import.meta.url))
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Tokens say in whole seconds when they were issued, and an API refuses single-use tokens of the second of its start. */
async function untilNextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000)
  await vi.waitUntil(() => Math.floor(Date.now() / 1000) > second, { timeout: 3000 })
}
