/** The client in a real browser, on the pages of a real server: people sign in, reload, open a second tab, sign out. */

import type * as Countersign from '@countersign/client'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { addPage, bundleClient, openTab } from './client/page.ts'
import { launchChromium } from './harness/chromium.ts'
import { refresh } from './harness/client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const audience = 'https://shop.example'
const alice = { username: 'alice', password: 'a-long-password-of-hers' }

let stage: Stage
let server: ServerProcess
let api: Api
let clientId: string
let browser: Browser
let script: string
let context: BrowserContext

beforeAll(async () => {
  stage = await openStage()
  server = await stage.serve()
  await stage.administer(server.url, (administration) => administration.createUser(alice))
  const command = (line: string) => stage.command(server.url, ...line.split(' '))
  await command(`apis create shop --session-keys --audience ${audience} --scope read pay`)
  const app = await command(
    `clients create app --public --first-party --audience ${audience} --scope openid read pay --grant authorization_code refresh_token`,
  )
  clientId = String(app['id'])
  const { sessionSecrets } = await command(`apis secret ${audience}`)
  api = await startApi(
    {
      '/read': { proof: 'dpop' },
      '/pay': { proof: 'dpop', singleUse: true },
      '/sealed': { proof: 'signature', sealed: true },
    },
    {
      issuer: server.url,
      audience,
      dpopNonce: 'required',
      sessionSecrets: sessionSecrets as Record<string, string>,
    },
  )
  script = await bundleClient()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await api.close()
  await stage.close()
})
beforeEach(async () => {
  // The page's address comes from the test: for the browser it lies outside of this machine, where the API is.
  context = await browser.newContext({ permissions: ['local-network-access'] })
  await addPage(context, server.url, script)
})
afterEach(() => context.close())

const signIn = (page: Page, person = alice) =>
  page.evaluate(([who, resource]) => client.signIn.password({ ...who, resource, scope: 'openid read pay' }), [
    person,
    audience,
  ] as const)
/** Answers the status, or the code of what the page ran into. */
const call = (page: Page, path: string, options: { readonly singleUse?: boolean } = {}) =>
  page.evaluate(
    ([url, given, resource]) =>
      client.fetch(url, { ...given, resource }).then(
        ({ status }) => status,
        (error: unknown) => (error as Countersign.ClientError).code,
      ),
    [api.url + path, options, audience] as const,
  )
const session = (page: Page) => page.evaluate((resource) => client.session(resource), audience)
/** As if the access token had been bought five minutes ago. */
const expireTokens = (page: Page) =>
  page.evaluate(async () => {
    const storage = countersign.indexedDbStorage()
    for (const session of await storage.list()) {
      const name = `${session.issuer} ${session.clientId} ${session.resource}`
      const accessToken = { ...session.accessToken, expiresAt: 0 }
      await storage.exclusively(name, () => storage.write(name, { ...session, accessToken }))
    }
  })

test('signs in, calls an API on another origin with its nonces, and is still signed in after a reload', async () => {
  const page = await openTab(context, server.url, { clientId })
  expect(await session(page)).toBeUndefined()
  expect(await signIn(page)).toMatchObject({ status: 'signed-in', session: { resource: audience } })
  expect(await call(page, '/read')).toBe(200)
  expect(await call(page, '/pay', { singleUse: true })).toBe(200)
  await page.close()
  const again = await openTab(context, server.url, { clientId })
  expect(await session(again)).toMatchObject({ scope: ['openid', 'read', 'pay'], user: { amr: ['pwd'] } })
  expect(await call(again, '/read')).toBe(200)
})

test('the key is in IndexedDB, and no script can read it', async () => {
  const page = await openTab(context, server.url, { clientId })
  await signIn(page)
  const found = await page.evaluate(async () => {
    const [kept] = await countersign.indexedDbStorage().list()
    const { privateKey } = kept!.proofKey
    const exported = await crypto.subtle.exportKey('jwk', privateKey).catch((error: unknown) => (error as Error).name)
    return { extractable: privateKey.extractable, type: privateKey.type, exported }
  })
  expect(found).toEqual({ extractable: false, type: 'private', exported: 'InvalidAccessError' })
})

test('signed with a key that no script can read, sealed, opened', async () => {
  const page = await openTab(context, server.url, { clientId })
  await signIn(page)
  const told = await page.evaluate(
    async ([url, resource]) => {
      const options = { resource, sealed: true, proof: 'signature' } as const
      const posted = await client.fetch(url, { ...options, method: 'POST', body: 'a secret', signWith: 'session-key' })
      const got = await client.fetch(url, options)
      const [session] = await countersign.indexedDbStorage().list()
      const { signing, sealing, opening } = session!.accessToken.sessionKeys!
      const keys = [signing, sealing.mac, sealing.cipher, opening.mac, opening.cipher]
      return {
        statuses: [posted.status, got.status],
        body: ((await posted.json()) as { readonly body: unknown }).body,
        extractable: keys.map((key) => key.extractable),
      }
    },
    [`${api.url}/sealed`, audience] as const,
  )
  expect(told).toEqual({ statuses: [200, 200], body: 'a secret', extractable: [false, false, false, false, false] })
})

test('what a thief takes out of the page, the refresh token, is worth nothing without the key', async () => {
  const page = await openTab(context, server.url, { clientId })
  await signIn(page)
  const stolen = await page.evaluate(async () => (await countersign.indexedDbStorage().list())[0]?.refreshToken)
  const answer = await refresh(server.url, stolen ?? '', { client_id: clientId })
  expect(answer.status).toBe(400)
  expect(await call(page, '/read')).toBe(200)
})

test('two tabs at once refresh once', async () => {
  const tabs = [await openTab(context, server.url, { clientId }), await openTab(context, server.url, { clientId })]
  await signIn(tabs[0]!)
  await expireTokens(tabs[0]!)
  const refreshed: string[] = []
  context.on('response', (response) => {
    if (response.url() === `${server.url}/oauth/token` && response.ok()) refreshed.push(response.url())
  })
  const answers = await Promise.all(tabs.flatMap((tab) => [call(tab, '/read'), call(tab, '/read')]))
  expect(answers).toEqual([200, 200, 200, 200])
  expect(refreshed).toHaveLength(1)
})

test('two tabs that sign in at once, one after another session, are left with one that is good', async () => {
  const tabs = [await openTab(context, server.url, { clientId }), await openTab(context, server.url, { clientId })]
  await signIn(tabs[0]!)
  const ended: number[] = []
  context.on('response', (response) => {
    if (response.url() === `${server.url}/oauth/revoke`) ended.push(response.status())
  })
  await Promise.all(tabs.map((tab) => signIn(tab)))
  expect(ended).toEqual([200, 200])
  await expireTokens(tabs[0]!)
  expect(await Promise.all(tabs.map((tab) => call(tab, '/read')))).toEqual([200, 200])
})

test('a page whose clock is wrong by an hour calls all the same after a reload', async () => {
  const page = await openTab(context, server.url, { clientId, aheadSeconds: -3600 })
  await signIn(page)
  await page.close()
  const again = await openTab(context, server.url, { clientId, aheadSeconds: -3600 })
  expect(await call(again, '/read')).toBe(200)
})

test('a page whose clock is wrong by an hour signs in and calls all the same', async () => {
  const page = await openTab(context, server.url, { clientId, aheadSeconds: 3600 })
  await signIn(page)
  expect(await call(page, '/read')).toBe(200)
})

test('off the origin of the issuer nobody is asked for a password: origin_refused', async () => {
  await addPage(context, api.url, script)
  const page = await openTab(context, api.url, { clientId, issuer: server.url })
  const refused = await page.evaluate(
    (person) => client.signIn.password(person).catch((error: unknown) => (error as Countersign.ClientError).code),
    alice,
  )
  expect(refused).toBe('origin_refused')
})

test('signing out in one tab ends the other, here and at the server', async () => {
  const tabs = [
    await openTab(context, server.url, { clientId }),
    await openTab(context, server.url, { clientId }),
  ] as const
  await signIn(tabs[0])
  expect(await call(tabs[1], '/read')).toBe(200)
  const kept = await tabs[0].evaluate(async () => (await countersign.indexedDbStorage().list())[0]?.refreshToken)
  expect(await tabs[0].evaluate(() => client.signOut())).toBe('ended')
  expect(await session(tabs[1])).toBeUndefined()
  expect(await call(tabs[1], '/read')).toBe('not_signed_in')
  expect(await tabs[0].evaluate(() => countersign.indexedDbStorage().list())).toEqual([])
  expect(await refresh(server.url, kept ?? '', { client_id: clientId })).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  })
})

test('a session that was ended at the server is ended here too: session_ended', async () => {
  const carol = { username: 'carol', password: 'a-long-password-too' }
  await stage.administer(server.url, (administration) => administration.createUser(carol))
  const page = await openTab(context, server.url, { clientId })
  await signIn(page, carol)
  await stage.administer(server.url, (administration) => administration.disableUser(carol.username))
  await expireTokens(page)
  expect(await call(page, '/read')).toBe('session_ended')
  expect(await session(page)).toBeUndefined()
})
