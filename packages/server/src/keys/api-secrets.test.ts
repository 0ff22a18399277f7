import { generateKey } from '@countersign/tokens'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEvent } from '../audit/audit.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/records.ts'
import { apiSecrets } from './api-secrets.ts'
import type { ApiSecrets } from './api-secrets.ts'

const start = 1_700_000_000
let store: Store
beforeAll(async () => void (store = await openStore({ memory: true })))
afterAll(() => store.close())

async function setUp() {
  let now = start
  const deps = { apis: store.apis, masterKey: await generateKey('dir', { enc: 'A256GCM' }), clock: () => now }
  const audience = `https://${crypto.randomUUID()}.example`
  const api = { audience, name: 'An API', scopes: [], singleUseScopes: [], alg: 'ES256', sessionKeys: true } as const
  await store.apis.insert(
    { ...api, createdAt: start },
    makeEvent(deps.clock, { type: 'test.arranged', actor: 'system' }),
  )
  return { audience, deps, secrets: apiSecrets(deps), pass: (seconds: number) => void (now += seconds) }
}

const versions = async (secrets: ApiSecrets, audience: string): Promise<readonly number[]> =>
  (await secrets.list(audience)).map(({ version }) => version)

test('an API without a secret has none', async () => {
  const { audience, secrets } = await setUp()
  expect([await secrets.active(audience), await secrets.list(audience)]).toEqual([undefined, []])
})

test('a secret has 32 bytes, and is used from when it was said to be', async () => {
  const { audience, secrets, pass } = await setUp()
  const first = await secrets.make(audience, start)
  const second = await secrets.make(audience, start + 3600)
  expect([second?.version, first?.secret.byteLength]).toEqual([first!.version + 1, 32])
  expect(await secrets.active(audience)).toEqual(first)
  pass(3600)
  expect(await secrets.active(audience)).toEqual(second)
})

test('one that is used at once goes before one that waits', async () => {
  const { audience, secrets, pass } = await setUp()
  await secrets.make(audience, start + 3600)
  const urgent = await secrets.make(audience, start)
  expect(await secrets.active(audience)).toEqual(urgent)
  pass(3600)
  expect(await secrets.active(audience)).toEqual(urgent)
})

test('an old secret is needed until the last token of its time is dead', async () => {
  const { audience, secrets, pass } = await setUp()
  const { version: first } = (await secrets.make(audience, start))!
  await secrets.make(audience, start + 100)
  expect(await versions(secrets, audience)).toEqual([first + 1, first])
  pass(100 + 3600 + 59)
  expect(await versions(secrets, audience)).toEqual([first + 1, first])
  pass(1)
  expect(await versions(secrets, audience)).toEqual([first + 1])
})

test('many made at once have a version each', async () => {
  const { audience, secrets } = await setUp()
  const made = await Promise.all(Array.from({ length: 5 }, () => secrets.make(audience, start)))
  expect(new Set(made.map((each) => each?.version)).size).toBe(5)
  expect(new Set(await versions(secrets, audience)).size).toBe(5)
})

test('a version does not come again, with session keys that were taken away or with an API of the same name', async () => {
  const { audience, secrets } = await setUp()
  const event = () => makeEvent(() => start, { type: 'test.arranged', actor: 'system' })
  const api = (await store.apis.find(audience))!
  const make = async () => (await secrets.make(audience, start))!.version
  const seen = [await make(), await make()]

  await store.apis.replace(api, { ...api, sessionKeys: false }, event())
  await store.apis.replace({ ...api, sessionKeys: false }, api, event())
  expect(await secrets.list(audience)).toEqual([])
  seen.push(await make())

  await store.apis.delete(audience, start, event())
  await store.apis.insert(api, event())
  expect(await secrets.list(audience)).toEqual([])
  seen.push(await make())
  expect(new Set(seen).size).toBe(4)
})

test('an API that there is not, or that has no session keys any more, gets no secret', async () => {
  const { audience, secrets } = await setUp()
  expect(await secrets.make('https://nowhere.example', start)).toBeUndefined()
  const api = await store.apis.find(audience)
  const event = makeEvent(() => start, { type: 'test.arranged', actor: 'system' })
  await store.apis.replace(api!, { ...api!, sessionKeys: false }, event)
  expect(await secrets.make(audience, start)).toBeUndefined()
  expect(await secrets.list(audience)).toEqual([])
})

test('the store has no secret that could be used: not under another master key, nor as another API’s or version', async () => {
  const { audience, deps, secrets } = await setUp()
  const { secret } = (await secrets.make(audience, start))!
  const [stored] = await store.apis.listSecrets(audience)
  if (stored === undefined) throw new Error('there is no secret')
  expect(stored.sealedSecret).not.toContain(Buffer.from(secret).toString('base64url'))

  const mismatch = { name: 'KeyRingError', code: 'master_key_mismatch' }
  const others = apiSecrets({ ...deps, masterKey: await generateKey('dir', { enc: 'A256GCM' }) })
  await expect(others.active(audience)).rejects.toMatchObject(mismatch)
  for (const moved of [{ audience: 'https://other.example' }, { version: stored.version + 1 }]) {
    const apis = { ...deps.apis, listSecrets: async () => [{ ...stored, ...moved }] }
    await expect(apiSecrets({ ...deps, apis }).active(audience)).rejects.toMatchObject(mismatch)
  }
})
