import { hashToken, parseOpaqueToken } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { openStore } from '../store/open-store.ts'
import { createPasswordHasher } from '../users/index.ts'
import { createAdministration } from './index.ts'

const password = 'wr3nch-opal-tunnel'
const now = 1_800_000_000

async function setUp() {
  const store = await openStore({ memory: true })
  const hasher = createPasswordHasher({ memoryKiB: 64, passes: 1 })
  const administration = createAdministration({
    store,
    clock: () => now,
    hasher,
    issuer: 'https://id.example',
    actor: 'operator',
  })
  const lastEvent = async () => (await store.audit.list({ limit: 1, newest: true }))[0]
  return { ...administration, store, lastEvent, close: () => store.close() }
}

test('a user is created, listed, disabled and deleted, by any spelling of the name, and each act is audited', async () => {
  const { createUser, listUsers, disableUser, deleteUser, lastEvent, close } = await setUp()
  const user = await createUser({ username: 'Annabel', password, email: 'a@example.com' })
  expect(user).toMatchObject({ username: 'Annabel', email: 'a@example.com', createdAt: now, disabledAt: null })
  expect(await lastEvent()).toMatchObject({ type: 'user.created', actor: 'operator', userId: user.id, address: null })
  expect(await listUsers({ limit: 10 })).toEqual([user])

  expect(await disableUser('annabel')).toEqual({ ...user, disabledAt: now })
  expect(await lastEvent()).toMatchObject({ type: 'user.disabled', actor: 'operator', userId: user.id })
  await expect(disableUser('annabel')).rejects.toMatchObject({ code: 'user_already_disabled' })

  expect(await deleteUser('ANNABEL')).toMatchObject({ id: user.id })
  expect(await lastEvent()).toMatchObject({ type: 'user.deleted', actor: 'operator', userId: user.id })
  expect(await listUsers({ limit: 10 })).toEqual([])
  await expect(deleteUser('annabel')).rejects.toMatchObject({ code: 'user_not_found' })
  await expect(disableUser('annabel')).rejects.toMatchObject({ code: 'user_not_found' })
  await close()
})

test('the rules for users are those of registration', async () => {
  const { createUser, close } = await setUp()
  await createUser({ username: 'annabel', password })
  await expect(createUser({ username: 'ANNABEL', password: 'other-password-77' })).rejects.toMatchObject({
    code: 'username_taken',
  })
  await expect(createUser({ username: 'b', password: 'short' })).rejects.toMatchObject({
    name: 'AdminError',
    code: 'user_invalid',
    message: 'username: use 3 to 64 characters; password: use at least 8 characters',
    problems: [expect.objectContaining({ rule: 'length' }), expect.objectContaining({ rule: 'minLength' })],
  })
  await close()
})

test('a client with a secret is told it once, and only its hash is kept', async () => {
  const { createApi, createClient, listClients, lastEvent, close } = await setUp()
  await createApi({ audience: 'https://pay.example', scopes: ['pay'] })
  const { client, secret } = await createClient({ name: 'Batch', scopes: ['pay'], audiences: ['https://pay.example'] })
  expect(parseOpaqueToken(secret!, 'cs')).toBe(secret)
  expect(client).toEqual({
    id: expect.stringMatching(/^[\da-f]{24}$/),
    name: 'Batch',
    authentication: 'client_secret',
    secretHash: hashToken(secret!),
    jwks: null,
    grantTypes: ['client_credentials'],
    scopes: ['pay'],
    audiences: ['https://pay.example'],
    serves: [],
    firstParty: false,
    origins: [],
    idTokenAlg: 'RS256',
    createdAt: now,
  })
  expect(await listClients()).toEqual([client])
  const event = await lastEvent()
  expect(event).toMatchObject({ type: 'client.created', actor: 'operator', clientId: client.id })
  expect(JSON.stringify(event)).not.toContain(secret)
  await close()
})

test('a public first-party client has no secret, and signs people in', async () => {
  const { createClient, close } = await setUp()
  const options = { id: 'countersign-cli', name: 'Command line', public: true, firstParty: true, idTokenAlg: 'ES256' }
  const { client, secret } = await createClient(options)
  expect(secret).toBeNull()
  expect(client).toMatchObject({
    id: 'countersign-cli',
    authentication: 'none',
    secretHash: null,
    firstParty: true,
    grantTypes: ['authorization_code', 'refresh_token'],
    idTokenAlg: 'ES256',
  })
  await expect(createClient(options)).rejects.toMatchObject({ code: 'client_taken' })
  await close()
})

test('a client is deleted, and the act audited', async () => {
  const { createClient, deleteClient, listClients, lastEvent, close } = await setUp()
  const { client } = await createClient({ name: 'Batch' })
  await deleteClient(client.id)
  expect(await lastEvent()).toMatchObject({ type: 'client.deleted', actor: 'operator', clientId: client.id })
  expect(await listClients()).toEqual([])
  await expect(deleteClient(client.id)).rejects.toMatchObject({ code: 'client_not_found' })
  await close()
})

test('an API is created and listed, and the act audited', async () => {
  const { createApi, listApis, lastEvent, close } = await setUp()
  const api = await createApi({ audience: 'https://pay.example', scopes: ['pay', 'pay', 'refund'] })
  expect(api).toEqual({
    audience: 'https://pay.example',
    name: 'https://pay.example',
    scopes: ['pay', 'refund'],
    alg: 'ES256',
    createdAt: now,
  })
  expect(await createApi({ audience: 'urn:mail', name: 'Mail', alg: 'RS256' })).toMatchObject({
    name: 'Mail',
    alg: 'RS256',
  })
  expect(await lastEvent()).toMatchObject({ type: 'api.created', actor: 'operator', detail: { audience: 'urn:mail' } })
  expect((await listApis()).map(({ audience }) => audience)).toEqual(['https://pay.example', 'urn:mail'])
  await expect(createApi({ audience: 'urn:mail' })).rejects.toMatchObject({ code: 'api_taken' })
  await close()
})

for (const { name, options, field, rule } of [
  { name: 'an audience that is no URI', options: { audience: 'pay' }, field: 'audience', rule: 'form' },
  { name: 'a fragment', options: { audience: 'https://pay.example#x' }, field: 'audience', rule: 'form' },
  { name: "the issuer's audience", options: { audience: 'https://id.example' }, field: 'audience', rule: 'reserved' },
  {
    name: 'the audience of administration',
    options: { audience: 'https://id.example/api/admin' },
    field: 'audience',
    rule: 'reserved',
  },
  { name: 'a scope with a space', options: { audience: 'urn:a', scopes: ['a b'] }, field: 'scopes', rule: 'form' },
  { name: 'an empty scope', options: { audience: 'urn:a', scopes: [''] }, field: 'scopes', rule: 'form' },
  {
    name: 'a scope of the issuer',
    options: { audience: 'urn:a', scopes: ['openid'] },
    field: 'scopes',
    rule: 'reserved',
  },
  { name: 'an unknown algorithm', options: { audience: 'urn:a', alg: 'none' }, field: 'alg', rule: 'unknown' },
  { name: 'an empty name', options: { audience: 'urn:a', name: '' }, field: 'name', rule: 'form' },
]) {
  test(`an API with ${name} is refused: ${field} ${rule}`, async () => {
    const { createApi, listApis, close } = await setUp()
    const problems = [expect.objectContaining({ field, rule })]
    await expect(createApi(options)).rejects.toMatchObject({ name: 'AdminError', code: 'api_invalid', problems })
    expect(await listApis()).toEqual([])
    await close()
  })
}
