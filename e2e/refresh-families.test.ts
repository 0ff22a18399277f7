/**
 * Refresh tokens whose answer got lost, across servers and restarts. A client that has a secret may ask once more, soon;
 * whoever else comes twice ends the family.
 */

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buyCode, postForm, redeem, refresh, signIn, tokensOf } from './harness/client.ts'
import type { Answer, Credentials, Tokens } from './harness/client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const alice = { username: 'alice', password: randomUUID() }
const refused = { status: 400, body: { error: 'invalid_grant' } }

let stage: Stage
let server: ServerProcess
let second: ServerProcess
let web: Credentials
beforeAll(async () => {
  stage = await openStage()
  server = await stage.serve()
  second = await stage.serve({ issuer: server.url })
  await stage.administer(server.url, async (administration) => {
    await administration.createUser(alice)
    const { client, secret } = await administration.createClient({ name: 'Web', firstParty: true, scopes: ['openid'] })
    web = { id: client.id, secret: secret! }
  })
})
afterAll(() => stage.close())

/** Signs in at the client with a secret. */
async function signInAtWeb(): Promise<Tokens> {
  // It proves itself by its secret, in the form: the verbs of the harness are a public client's.
  const asWeb = { client_id: web.id, client_secret: web.secret, scope: 'openid' }
  return tokensOf(await redeem(server.url, await buyCode(server.url, alice, asWeb), asWeb))
}

function refreshAtWeb(token: string, url = server.url): Promise<Answer> {
  return postForm(`${url}/oauth/token`, { grant_type: 'refresh_token', refresh_token: token }, web)
}

/** The process is gone at once; another takes its place, port and store. */
async function killAndRestart(): Promise<void> {
  const { port } = server
  await server.kill()
  server = await stage.serve({ port })
}

test('five rotations within one second are five rotations', async () => {
  let { refreshToken } = await signInAtWeb()
  for (let turn = 0; turn < 5; turn++) ({ refreshToken } = tokensOf(await refreshAtWeb(refreshToken)))
  expect((await refreshAtWeb(refreshToken)).status).toBe(200)
})

test('an answer that a crash has lost is retried at the server that comes back: what was lost is dead', async () => {
  const first = await signInAtWeb()
  const lost = tokensOf(await refreshAtWeb(first.refreshToken))
  await killAndRestart()
  const linked = tokensOf(await refreshAtWeb(first.refreshToken))
  const next = tokensOf(await refreshAtWeb(linked.refreshToken))
  expect(await refreshAtWeb(lost.refreshToken)).toMatchObject(refused)
  expect(await refreshAtWeb(next.refreshToken)).toMatchObject(refused)
})

test('a token that is used again after a restart ends its family, where nobody proves who they are', async () => {
  const first = tokensOf(await signIn(server.url, alice))
  const next = tokensOf(await refresh(server.url, first.refreshToken))
  await killAndRestart()
  expect(await refresh(server.url, first.refreshToken)).toMatchObject(refused)
  expect(await refresh(server.url, next.refreshToken)).toMatchObject(refused)
})

test('of 50 retries at two servers at once one gets tokens or none, and then nothing of the family works', async () => {
  for (let round = 0; round < 5; round++) {
    const first = await signInAtWeb()
    const lost = tokensOf(await refreshAtWeb(first.refreshToken))
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, hand) => {
        return refreshAtWeb(first.refreshToken, hand % 2 === 0 ? server.url : second.url)
      }),
    )
    const won = answers.filter(({ status }) => status === 200)
    expect(won.length).toBeLessThanOrEqual(1)
    for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(refused)
    for (const { refreshToken } of [lost, ...won.map(tokensOf)]) {
      for (const { url } of [server, second]) expect(await refreshAtWeb(refreshToken, url)).toMatchObject(refused)
    }
  }
})

test('of a retry and a sign-out at once nothing works afterwards', async () => {
  for (let round = 0; round < 10; round++) {
    const first = await signInAtWeb()
    const lost = tokensOf(await refreshAtWeb(first.refreshToken))
    const [signOut, ...retries] = await Promise.all([
      postForm(`${second.url}/oauth/revoke`, { token: lost.refreshToken }, web),
      refreshAtWeb(first.refreshToken),
      refreshAtWeb(first.refreshToken, second.url),
    ])
    expect(signOut.status).toBe(200)
    const tokens = [lost, ...retries.filter(({ status }) => status === 200).map(tokensOf)]
    for (const { refreshToken } of tokens) expect(await refreshAtWeb(refreshToken)).toMatchObject(refused)
  }
})
