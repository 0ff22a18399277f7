import { generateKey } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/records.ts'
import { createPasswordHasher } from '../users/index.ts'
import { createAdministration } from './index.ts'
import type { Administration } from './index.ts'

const now = 1_800_000_000
const audience = 'https://pay.example'
const hasher = createPasswordHasher({ memoryKiB: 64, passes: 1 })
let store: Store
let administration: Administration
beforeAll(async () => {
  store = await openStore({ memory: true })
  const masterKey = await generateKey('dir', { enc: 'A256GCM' })
  const deps = { store, hasher, clock: () => now, issuer: 'https://id.example', actor: 'operator' }
  administration = createAdministration({ ...deps, masterKey: () => masterKey })
})
afterAll(() => store.close())

test('an API may have scopes that are for one request, which it knows as any other', async () => {
  const options = { audience: 'urn:bank', scopes: ['read', 'pay'], singleUseScopes: ['pay', 'close', 'pay'] }
  expect(await administration.createApi(options)).toMatchObject({
    scopes: ['read', 'pay', 'close'],
    singleUseScopes: ['pay', 'close'],
    sessionKeys: false,
  })
})

describe('an API with session keys', () => {
  test('has a secret from the start', async () => {
    expect(await administration.createApi({ audience, sessionKeys: true })).toMatchObject({ sessionKeys: true })
    expect(await administration.listApiSecrets(audience)).toMatchObject([{ version: 1, activeAt: now }])
  })

  test('gets another, which is used in an hour, or at once', async () => {
    const ahead = await administration.rotateApiSecret(audience, 'publish-ahead')
    const urgent = await administration.rotateApiSecret(audience, 'at-once')
    expect([ahead, urgent]).toMatchObject([
      { version: 2, activeAt: now + 3600 },
      { version: 3, activeAt: now },
    ])
    expect(await administration.listApiSecrets(audience)).toMatchObject([
      { version: 3 },
      { version: 2 },
      { version: 1 },
    ])
    const [event] = await store.audit.list({ limit: 1, newest: true })
    expect(event).toMatchObject({ type: 'api_secret.created', actor: 'operator', detail: { audience, version: 3 } })
    expect(JSON.stringify(event)).not.toContain(Buffer.from(urgent.secret).toString('base64url'))
  })
})

describe('is refused', () => {
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
    {
      name: 'an audience that is too long for session keys',
      options: { audience: `https://pay.example/${'x'.repeat(750)}`, sessionKeys: true },
      field: 'audience',
      rule: 'length',
    },
  ]) {
    test(name, async () => {
      await expect(administration.createApi({ audience: 'urn:new', ...options })).rejects.toMatchObject({
        code: 'api_invalid',
        problems: [{ field, rule }],
      })
    })
  }

  test('session keys where there is no master key to seal their secret: nothing is made', async () => {
    const without = createAdministration({ store, hasher, clock: () => now, issuer: 'https://id.example', actor: 'x' })
    await expect(without.createApi({ audience: 'urn:keyless', sessionKeys: true })).rejects.toThrow(TypeError)
    expect(await store.apis.find('urn:keyless')).toBeUndefined()
  })
})
