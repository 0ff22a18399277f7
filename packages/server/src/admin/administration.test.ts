import { randomUUID } from 'node:crypto'
import { hashToken, parseOpaqueToken } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { makeEvent } from '../audit/audit.ts'
import { openStore } from '../store/open-store.ts'
import type { User } from '../store/records.ts'
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
  /** A grant of the user, at a client of its own. */
  const signIn = async ({ id: userId }: User): Promise<string> => {
    const { client } = await administration.createClient({ name: 'App', public: true, firstParty: true })
    const id = randomUUID()
    const grant = {
      ...{ id, userId, clientId: client.id, scope: 'openid', resource: null, statusIndex: null },
      ...{ authTime: now, amr: ['pwd'], acr: null, createdAt: now, revokedAt: null },
    }
    const code = {
      ...{ hash: randomUUID(), grantId: id, clientId: client.id, codeChallenge: 'x', nonce: null, dpopJkt: null },
      expiresAt: now + 60,
    }
    await store.grants.issueCode(
      grant,
      code,
      makeEvent(() => now, { type: 'test.arranged', actor: 'system' }),
    )
    return id
  }
  return { ...administration, store, lastEvent, signIn, close: () => store.close() }
}

test('a user is created, listed, disabled, enabled and deleted, by any spelling of the name, and each act is audited', async () => {
  const { createUser, listUsers, disableUser, enableUser, deleteUser, lastEvent, close } = await setUp()
  const user = await createUser({ username: 'Annabel', password, email: 'a@example.com' })
  expect(user).toMatchObject({ username: 'Annabel', email: 'a@example.com', createdAt: now, disabledAt: null })
  expect(await lastEvent()).toMatchObject({ type: 'user.created', actor: 'operator', userId: user.id, address: null })
  expect(await listUsers({ limit: 10 })).toEqual([user])

  expect(await disableUser('annabel')).toEqual({ ...user, disabledAt: now })
  expect(await lastEvent()).toMatchObject({ type: 'user.disabled', actor: 'operator', userId: user.id })
  await expect(disableUser('annabel')).rejects.toMatchObject({ code: 'user_already_disabled' })

  expect(await enableUser('annabel')).toEqual(user)
  expect(await listUsers({ limit: 10 })).toEqual([user])
  expect(await lastEvent()).toMatchObject({ type: 'user.enabled', actor: 'operator', userId: user.id })
  await expect(enableUser('annabel')).rejects.toMatchObject({ code: 'user_not_disabled' })

  expect(await deleteUser('ANNABEL')).toMatchObject({ id: user.id })
  expect(await lastEvent()).toMatchObject({ type: 'user.deleted', actor: 'operator', userId: user.id })
  expect(await listUsers({ limit: 10 })).toEqual([])
  await expect(deleteUser('annabel')).rejects.toMatchObject({ code: 'user_not_found' })
  await expect(disableUser('annabel')).rejects.toMatchObject({ code: 'user_not_found' })
  await expect(enableUser('annabel')).rejects.toMatchObject({ code: 'user_not_found' })
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

test('another password signs a user out everywhere, and keeps the rules of passwords', async () => {
  const { createUser, setPassword, store, lastEvent, signIn, close } = await setUp()
  const user = await createUser({ username: 'annabel', password })
  const grantId = await signIn(user)
  for (const wrong of ['short', 'annabel-2026']) {
    await expect(setPassword('annabel', wrong)).rejects.toMatchObject({ name: 'AdminError', code: 'user_invalid' })
  }
  expect(await store.grants.find(grantId)).toMatchObject({ revokedAt: null })
  await setPassword('Annabel', 'an-other-tunnel-55')
  expect(await store.grants.find(grantId)).toMatchObject({ revokedAt: now })
  expect(await lastEvent()).toMatchObject({ type: 'user.password_changed', actor: 'operator', userId: user.id })
  expect((await store.users.find(user.id))?.passwordHash).not.toBe(user.passwordHash)
  await expect(setPassword('nobody', 'an-other-tunnel-55')).rejects.toMatchObject({ code: 'user_not_found' })
  await close()
})

test('a user, or a client, is signed out everywhere', async () => {
  const { createUser, signOut, revokeGrantsOfClient, store, lastEvent, signIn, close } = await setUp()
  const user = await createUser({ username: 'annabel', password })
  const grants = [await signIn(user), await signIn(user)]
  expect(await signOut('annabel')).toBe(2)
  expect(await lastEvent()).toMatchObject({ type: 'user.signed_out', actor: 'operator', userId: user.id })
  for (const id of grants) expect(await store.grants.find(id)).toMatchObject({ revokedAt: now })
  const later = await store.grants.find(await signIn(user))
  expect(await revokeGrantsOfClient(later!.clientId)).toBe(1)
  expect(await lastEvent()).toMatchObject({ type: 'client.signed_out', clientId: later!.clientId })
  expect([await signOut('annabel'), await revokeGrantsOfClient(later!.clientId)]).toEqual([0, 0])
  await expect(signOut('nobody')).rejects.toMatchObject({ code: 'user_not_found' })
  await expect(revokeGrantsOfClient('nobody')).rejects.toMatchObject({ code: 'client_not_found' })
  await close()
})

test('a role is created, given to users, taken from them and deleted, and each act is audited', async () => {
  const { createApi, createRole, listRoles, deleteRole, createUser, setRoles, lastEvent, close } = await setUp()
  await createApi({ audience: 'https://bank.example', scopes: ['read', 'pay'] })
  const role = await createRole({ name: 'teller', scopes: { 'https://bank.example': ['pay', 'pay'] } })
  expect(role).toEqual({ name: 'teller', scopes: { 'https://bank.example': ['pay'] }, createdAt: now })
  expect(await lastEvent()).toMatchObject({ type: 'role.created', actor: 'operator', detail: { role: 'teller' } })
  await createRole({ name: 'auditor', scopes: {} })
  expect((await listRoles()).map(({ name }) => name)).toEqual(['auditor', 'teller'])
  await expect(createRole({ name: 'teller', scopes: {} })).rejects.toMatchObject({ code: 'role_taken' })

  const ann = await createUser({ username: 'annabel', password, roles: ['teller', 'teller'] })
  expect(ann.roles).toEqual(['teller'])
  expect(await setRoles('annabel', ['auditor', 'teller'])).toEqual({ ...ann, roles: ['auditor', 'teller'] })
  expect(await lastEvent()).toMatchObject({ type: 'user.roles_set', detail: { roles: ['auditor', 'teller'] } })
  expect((await setRoles('annabel', [])).roles).toEqual([])
  await expect(setRoles('annabel', ['admin'])).rejects.toMatchObject({ code: 'user_invalid' })
  await expect(setRoles('nobody', [])).rejects.toMatchObject({ code: 'user_not_found' })
  await expect(createUser({ username: 'berta', password, roles: ['admin'] })).rejects.toMatchObject({
    code: 'user_invalid',
    problems: [expect.objectContaining({ field: 'roles', rule: 'unknown' })],
  })

  await deleteRole('auditor', 'keep-closed')
  expect(await lastEvent()).toMatchObject({ type: 'role.deleted', detail: { role: 'auditor' } })
  await expect(deleteRole('auditor', 'keep-closed')).rejects.toMatchObject({ code: 'role_not_found' })
  await close()
})

test('the last role that grants a scope is deleted only by one who says that the scope shall be open', async () => {
  const { createApi, createRole, deleteRole, listRoles, close } = await setUp()
  const bank = 'https://bank.example'
  await createApi({ audience: bank, scopes: ['read', 'pay'] })
  await createRole({ name: 'teller', scopes: { [bank]: ['read', 'pay'] } })
  await createRole({ name: 'clerk', scopes: { [bank]: ['read'] } })
  await deleteRole('clerk', 'keep-closed')
  await expect(deleteRole('teller', 'keep-closed')).rejects.toMatchObject({
    code: 'role_needed',
    message: expect.stringContaining(`read at ${bank}, pay at ${bank}`),
  })
  await deleteRole('teller', 'open-unsafe')
  expect(await listRoles()).toEqual([])
  await close()
})

test('of the last two roles that grant a scope, two deletions at once leave one: the scope stays closed', async () => {
  const { createApi, createRole, deleteRole, listRoles, store, close } = await setUp()
  const bank = 'https://bank.example'
  await createApi({ audience: bank, scopes: ['pay'] })
  const names = ['teller', 'clerk', 'banker']
  for (const name of names) await createRole({ name, scopes: { [bank]: ['pay'] } })
  const deletions = await Promise.allSettled(names.map((name) => deleteRole(name, 'keep-closed')))
  const refused = deletions.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  expect(refused).toEqual([expect.objectContaining({ name: 'AdminError', code: 'role_needed' })])
  expect(await listRoles()).toHaveLength(1)
  const told = (await store.audit.list({ limit: 100 })).filter(({ type }) => type === 'role.deleted')
  expect(told).toHaveLength(2)
  await close()
})

for (const { name, role, field, rule } of [
  { name: 'an empty name', role: { name: '', scopes: {} }, field: 'name', rule: 'form' },
  { name: 'a comma in its name', role: { name: 'a,b', scopes: {} }, field: 'name', rule: 'form' },
  { name: 'a capital in its name', role: { name: 'Admin', scopes: {} }, field: 'name', rule: 'form' },
  {
    name: 'an API that there is not',
    role: { name: 'a', scopes: { 'https://shop.example': ['pay'] } },
    field: 'scopes',
    rule: 'unknown',
  },
  {
    name: 'a scope that the API does not know',
    role: { name: 'a', scopes: { 'https://bank.example': ['refund'] } },
    field: 'scopes',
    rule: 'unknown',
  },
  {
    name: 'an API without scopes',
    role: { name: 'a', scopes: { 'https://bank.example': [] } },
    field: 'scopes',
    rule: 'required',
  },
  {
    name: 'the audience of administration',
    role: { name: 'a', scopes: { 'https://id.example/api/admin': ['countersign:users'] } },
    field: 'scopes',
    rule: 'unknown',
  },
]) {
  test(`a role with ${name} is refused: ${field} ${rule}`, async () => {
    const { createApi, createRole, listRoles, close } = await setUp()
    await createApi({ audience: 'https://bank.example', scopes: ['pay'] })
    const problems = [expect.objectContaining({ field, rule })]
    await expect(createRole(role)).rejects.toMatchObject({ name: 'AdminError', code: 'role_invalid', problems })
    expect(await listRoles()).toEqual([])
    await close()
  })
}

test('of a new client, the scopes are told that none of its APIs knows', async () => {
  const { createApi, createClient, close } = await setUp()
  const [pay, shop] = ['https://pay.example', 'https://shop.example']
  await createApi({ audience: pay, scopes: ['pay'] })
  await createApi({ audience: shop, scopes: ['buy'] })
  const scopes = ['openid', 'countersign:events', 'pay', 'buy']
  expect(await createClient({ name: 'Both', scopes, audiences: [pay, shop] })).toMatchObject({ unknownScopes: [] })
  expect(await createClient({ name: 'One', scopes, audiences: [pay] })).toMatchObject({
    client: { scopes },
    unknownScopes: ['buy'],
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
    tlsSubject: null,
    certificateThumbprints: [],
    dpopBound: false,
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
    singleUseScopes: [],
    sessionKeys: false,
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
  {
    name: "a scope of the server's own API",
    options: { audience: 'urn:a', scopes: ['countersign:events'] },
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
