import { generateKey } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../store/open-store.ts'
import { longestAudience } from '../store/records.ts'
import type { Store } from '../store/records.ts'
import { createPasswordHasher } from '../users/index.ts'
import { createAdministration } from './index.ts'
import type { Administration } from './index.ts'

const now = 1_800_000_000
const audience = 'https://pay.example'
const hasher = createPasswordHasher({ memoryKiB: 64, passes: 1 })
let store: Store
let administration: Administration
/** Of a server whose own name leaves an audience little room in a session key. */
let ofLongName: Administration
beforeAll(async () => {
  store = await openStore({ memory: true })
  const masterKey = await generateKey('dir', { enc: 'A256GCM' })
  const deps = { store, hasher, clock: () => now, issuer: 'https://id.example', actor: 'operator' }
  administration = createAdministration({ ...deps, masterKey: () => masterKey })
  const issuer = `https://id.example/${'x'.repeat(600)}`
  ofLongName = createAdministration({ ...deps, issuer, masterKey: () => masterKey })
})
afterAll(() => store.close())

const longest = `https://pay.example/${'x'.repeat(236)}`

test('an API may have an audience of 256 characters, as the events of its guard', async () => {
  expect(longest).toHaveLength(longestAudience)
  expect(await administration.createApi({ audience: longest })).toMatchObject({ audience: longest })
})

test('an API may have scopes that are for one request, which it knows as any other', async () => {
  const options = { audience: 'urn:bank', scopes: ['read', 'pay'], singleUseScopes: ['pay', 'close', 'pay'] }
  expect(await administration.createApi(options)).toMatchObject({
    scopes: ['read', 'pay', 'close'],
    singleUseScopes: ['pay', 'close'],
    sessionKeys: false,
  })
})

describe('an API with session keys', () => {
  let v1: number
  test('has a secret from the start', async () => {
    expect(await administration.createApi({ audience, sessionKeys: true })).toMatchObject({ sessionKeys: true })
    const secrets = await administration.listApiSecrets(audience)
    expect(secrets).toMatchObject([{ activeAt: now }])
    v1 = secrets[0]!.version
  })

  test('gets another, which is used in an hour, or at once', async () => {
    const ahead = await administration.rotateApiSecret(audience, 'publish-ahead')
    const urgent = await administration.rotateApiSecret(audience, 'at-once')
    expect([ahead, urgent]).toMatchObject([
      { version: v1 + 1, activeAt: now + 3600 },
      { version: v1 + 2, activeAt: now },
    ])
    expect(await administration.listApiSecrets(audience)).toMatchObject([
      { version: v1 + 2 },
      { version: v1 + 1 },
      { version: v1 },
    ])
    const [event] = await store.audit.list({ limit: 1, newest: true })
    expect(event).toMatchObject({
      type: 'api_secret.created',
      actor: 'operator',
      detail: { audience, version: v1 + 2 },
    })
    expect(JSON.stringify(event)).not.toContain(Buffer.from(urgent.secret).toString('base64url'))
  })
})

describe('an API is changed', () => {
  const bank = 'https://bank.example'
  const lastEvent = async () => (await store.audit.list({ limit: 1, newest: true }))[0]

  test('in its name, its scopes and its algorithm, and the trail says to what', async () => {
    const options = {
      audience: bank,
      name: 'Bank',
      scopes: ['read', 'pay', 'close'],
      singleUseScopes: ['close', 'tip'],
    }
    const created = await administration.createApi(options)
    const changed = await administration.updateApi(bank, {
      ...{ name: 'The bank', alg: 'RS256', addScopes: ['audit', 'read', 'audit'] },
      ...{ addSingleUseScopes: ['pay', 'burn'], reusableScopes: ['tip'], removeScopes: ['close'] },
    })
    expect(changed).toEqual({
      ...{ ...created, name: 'The bank', alg: 'RS256' },
      scopes: ['read', 'pay', 'tip', 'audit', 'burn'],
      singleUseScopes: ['pay', 'burn'],
    })
    expect((await administration.describeApi(bank)).api).toEqual(changed)
    const { scopes, singleUseScopes } = changed
    expect(await lastEvent()).toMatchObject({ type: 'api.updated', actor: 'operator' })
    expect((await lastEvent())?.detail).toEqual({
      ...{ audience: bank, name: 'The bank', alg: 'RS256' },
      ...{ scopes, single_use_scopes: singleUseScopes },
    })
    await administration.updateApi(bank, { name: 'Bank' })
    expect((await lastEvent())?.detail).toEqual({ audience: bank, name: 'Bank' })
  })

  test('by many at once, and each change is kept', async () => {
    const scopes = Array.from({ length: 10 }, (_, index) => `scope-${index}`)
    await Promise.all(scopes.map((scope) => administration.updateApi(bank, { addScopes: [scope] })))
    expect((await administration.describeApi(bank)).api.scopes).toEqual(expect.arrayContaining(scopes))
  })

  test('gets session keys and a secret, loses both, and gets another secret', async () => {
    const secretOf = async () => (await administration.listApiSecrets(bank))[0]
    expect(await administration.updateApi(bank, { sessionKeys: true })).toMatchObject({ sessionKeys: true })
    const first = await secretOf()
    expect(first).toMatchObject({ activeAt: now })
    await administration.updateApi(bank, { sessionKeys: false })
    await expect(administration.listApiSecrets(bank)).rejects.toMatchObject({ code: 'api_without_session_keys' })
    expect(await store.apis.listSecrets(bank)).toEqual([])
    await administration.updateApi(bank, { sessionKeys: true })
    const second = await secretOf()
    expect(second?.secret).not.toEqual(first?.secret)
    expect(second?.version).not.toBe(first?.version)
  })

  test('into what it is already: api_unchanged, and the trail says nothing', async () => {
    const before = await lastEvent()
    for (const changes of [{}, { name: 'Bank' }, { addScopes: ['read'] }, { sessionKeys: true, alg: 'RS256' }]) {
      await expect(administration.updateApi(bank, changes)).rejects.toMatchObject({ code: 'api_unchanged' })
    }
    expect(await lastEvent()).toEqual(before)
  })

  for (const { name, changes, rule, field = 'scopes' } of [
    { name: 'a scope with a space', changes: { addScopes: ['a b'] }, rule: 'form' },
    { name: 'a scope of the issuer', changes: { addScopes: ['openid'] }, rule: 'reserved' },
    {
      name: "a scope of the server's own API, for one request",
      changes: { addSingleUseScopes: ['countersign:events'] },
      rule: 'reserved',
    },
    { name: 'the removal of a scope that it does not know', changes: { removeScopes: ['raed'] }, rule: 'unknown' },
    { name: 'to reuse a scope that is not for one request', changes: { reusableScopes: ['read'] }, rule: 'unknown' },
    {
      name: 'a scope that is added and removed',
      changes: { addScopes: ['read'], removeScopes: ['read'] },
      rule: 'contradiction',
    },
    {
      name: 'a scope that is removed and reused',
      changes: { reusableScopes: ['pay'], removeScopes: ['pay'] },
      rule: 'contradiction',
    },
    {
      name: 'a scope for one request and for more',
      changes: { addSingleUseScopes: ['pay'], reusableScopes: ['pay'] },
      rule: 'contradiction',
    },
    { name: 'no name', changes: { name: '' }, rule: 'form', field: 'name' },
    { name: 'an unknown algorithm', changes: { alg: 'none' }, rule: 'unknown', field: 'alg' },
  ]) {
    test(`not into one with ${name}: ${field} ${rule}`, async () => {
      const { api } = await administration.describeApi(bank)
      await expect(administration.updateApi(bank, changes)).rejects.toMatchObject({
        code: 'api_invalid',
        problems: [{ field, rule }],
      })
      expect((await administration.describeApi(bank)).api).toEqual(api)
    })
  }

  test('not into one with session keys if its audience is too long, or there is no master key', async () => {
    const long = `https://bank.example/${'x'.repeat(200)}`
    await ofLongName.createApi({ audience: long })
    await expect(ofLongName.updateApi(long, { sessionKeys: true })).rejects.toMatchObject({
      code: 'api_invalid',
      problems: [{ field: 'audience', rule: 'length' }],
    })
    await administration.createApi({ audience: 'urn:sealed' })
    const without = createAdministration({ store, hasher, clock: () => now, issuer: 'https://id.example', actor: 'x' })
    await expect(without.updateApi('urn:sealed', { sessionKeys: true })).rejects.toThrow(TypeError)
    expect(await store.apis.find('urn:sealed')).toMatchObject({ sessionKeys: false })
  })
})

describe('an API is deleted', () => {
  const shop = 'https://shop.example'

  test('with its secrets and what clients may do there; roles go on closing its scopes', async () => {
    await administration.createApi({ audience: shop, scopes: ['buy'], sessionKeys: true })
    await administration.createClient({ name: 'App', id: 'app', audiences: [shop], scopes: ['buy'] })
    await administration.createClient({ name: 'Shop', id: 'shop', serves: [shop] })
    await administration.createRole({ name: 'buyer', scopes: { [shop]: ['buy'] } })
    expect(await administration.describeApi(shop)).toMatchObject({
      ...{ callers: ['app'], resourceServers: ['shop'], roles: { buyer: ['buy'] } },
    })

    const deleted = await administration.deleteApi(shop)
    expect(deleted).toEqual({ grants: 0, clients: expect.any(Array), roles: { buyer: ['buy'] } })
    expect(deleted.clients.toSorted()).toEqual(['app', 'shop'])
    expect((await store.audit.list({ limit: 1, newest: true }))[0]).toMatchObject({
      ...{ type: 'api.deleted', actor: 'operator', detail: { audience: shop } },
    })
    expect((await administration.listApis()).map(({ audience }) => audience)).not.toContain(shop)

    await administration.createApi({ audience: shop, scopes: ['buy'] })
    expect(await administration.describeApi(shop)).toMatchObject({
      ...{ callers: [], resourceServers: [], roles: { buyer: ['buy'] } },
    })
  })
})

describe('is refused', () => {
  test('whatever is to be done with an API that is not there: api_not_found', async () => {
    for (const act of [
      () => administration.describeApi('urn:nothing'),
      () => administration.updateApi('urn:nothing', { name: 'X' }),
      () => administration.deleteApi('urn:nothing'),
    ]) {
      await expect(act()).rejects.toMatchObject({ name: 'AdminError', code: 'api_not_found' })
    }
  })

  test('the secret of an API that is not there, or has no session keys', async () => {
    await administration.createApi({ audience: 'urn:mail' })
    for (const act of [administration.listApiSecrets, (of: string) => administration.rotateApiSecret(of, 'at-once')]) {
      await expect(act('urn:nothing')).rejects.toMatchObject({ name: 'AdminError', code: 'api_not_found' })
      await expect(act('urn:mail')).rejects.toMatchObject({ name: 'AdminError', code: 'api_without_session_keys' })
    }
  })

  for (const { name, options, field, rule } of [
    {
      name: 'a single-use scope that is no scope',
      options: { singleUseScopes: ['a b'] },
      field: 'scopes',
      rule: 'form',
    },
    {
      name: 'a single-use scope of the issuer',
      options: { singleUseScopes: ['openid'] },
      field: 'scopes',
      rule: 'reserved',
    },
    { name: 'an audience that is too long', options: { audience: `${longest}x` }, field: 'audience', rule: 'length' },
  ]) {
    test(name, async () => {
      await expect(administration.createApi({ audience: 'urn:new', ...options })).rejects.toMatchObject({
        code: 'api_invalid',
        problems: [{ field, rule }],
      })
    })
  }

  test('an audience that is too long for session keys', async () => {
    const options = { audience: `https://pay.example/${'x'.repeat(200)}`, sessionKeys: true }
    await expect(ofLongName.createApi(options)).rejects.toMatchObject({
      code: 'api_invalid',
      problems: [{ field: 'audience', rule: 'length' }],
    })
  })

  test('session keys where there is no master key to seal their secret: nothing is made', async () => {
    const without = createAdministration({ store, hasher, clock: () => now, issuer: 'https://id.example', actor: 'x' })
    await expect(without.createApi({ audience: 'urn:keyless', sessionKeys: true })).rejects.toThrow(TypeError)
    expect(await store.apis.find('urn:keyless')).toBeUndefined()
  })
})
