import { hashToken } from '@countersign/tokens'
import { expect, test } from 'vitest'
import type { Administration } from './admin/index.ts'
import { makeEvent } from './audit/audit.ts'
import { codeChallenge, issuer, password, setUp } from './password-sign-in.fixture.ts'
import { createPasswordHasher } from './users/index.ts'

const annabel = { username: 'annabel', password }
const wrong = { username: 'annabel', password: 'not the password' }
const reused = (clock: () => number) => makeEvent(clock, { type: 'code.reused', actor: 'system' })

test('a name and its password buy a code for exactly what was asked', async () => {
  const { challenge, store, state, close } = await setUp()
  const form = { ...annabel, scope: 'openid pay', resource: 'https://pay.example', nonce: 'n-0S6' }
  const { status, headers, body } = await challenge(form)
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'content-type': expect.stringContaining('application/json'),
  })
  expect(body).toEqual({ authorization_code: expect.stringMatching(/^cs_ac_/) })

  const hash = hashToken(body['authorization_code'] as string)
  const redemption = await store.grants.redeemCode(
    hash,
    state.now,
    reused(() => state.now),
  )
  expect(redemption).toMatchObject({
    status: 'redeemed',
    code: { codeChallenge, nonce: 'n-0S6', expiresAt: state.now + 60 },
    grant: {
      scope: 'openid pay',
      resource: 'https://pay.example',
      authTime: state.now,
      amr: ['pwd'],
      acr: 'urn:countersign:acr:password',
      revokedAt: null,
    },
  })
  await close()
})

test('a sign-in is audited with user, client, grant and address', async () => {
  const { challenge, store, clientId, close } = await setUp()
  await challenge(annabel)
  const user = await store.users.findByUsername('annabel')
  expect(await store.audit.list({ limit: 1, newest: true })).toEqual([
    expect.objectContaining({
      type: 'sign_in.succeeded',
      actor: `user:${user!.id}`,
      userId: user!.id,
      clientId,
      grantId: expect.any(String),
      address: '127.0.0.1',
      detail: { amr: ['pwd'] },
    }),
  ])
  await close()
})

test('without credentials the server says what it takes, the same for every name', async () => {
  const { challenge, close } = await setUp()
  for (const form of [
    {},
    { username: 'annabel' },
    { username: 'nobody' },
    { password },
    { username: '', password: '' },
  ]) {
    const { status, body } = await challenge(form)
    expect(status).toBe(400)
    expect(body).toEqual({
      error: 'insufficient_authorization',
      error_description: expect.any(String),
      methods: ['password'],
      auth_session: expect.stringMatching(/^cs_as_/),
    })
  }
  await close()
})

test('a wrong name, a wrong password and a disabled user get one answer', async () => {
  const { challenge, administration, close } = await setUp()
  await administration.createUser({ username: 'disabled', password })
  await administration.disableUser('disabled')
  for (const form of [wrong, { username: 'nobody', password }, { username: 'disabled', password }]) {
    expect(await challenge(form)).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_credentials',
        error_description: 'the username or the password is wrong',
        auth_session: expect.stringMatching(/^cs_as_/),
      },
    })
  }
  await close()
})

for (const { name, meanwhile } of [
  { name: 'disabled', meanwhile: (administration: Administration) => administration.disableUser('annabel') },
  { name: 'deleted', meanwhile: (administration: Administration) => administration.deleteUser('annabel') },
]) {
  test(`a user who is ${name} while signing in gets no code`, async () => {
    const { challenge, store, close } = await setUp({ meanwhile })
    const answer = await challenge(annabel)
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_credentials' } })
    const [event] = await store.audit.list({ limit: 1, newest: true })
    expect(event).toMatchObject({ type: `user.${name}` })
    await close()
  })
}

test('a failure at an account is audited, one at no account is counted', async () => {
  const { challenge, store, clientId, counted, close } = await setUp()
  await challenge(wrong)
  const user = await store.users.findByUsername('annabel')
  const newest = () => store.audit.list({ limit: 1, newest: true })
  const failure = { type: 'sign_in.failed', actor: `client:${clientId}`, userId: user!.id, address: '127.0.0.1' }
  expect(await newest()).toMatchObject([failure])
  await challenge({ username: 'nobody', password })
  expect(await newest()).toMatchObject([failure])
  expect(counted).toEqual(['sign_in.refused'])
  await close()
})

test('a name is the same in another case and width; a password is not', async () => {
  const { challenge, close } = await setUp()
  expect(await challenge({ username: 'ＡＮＮＡＢＥＬ', password })).toMatchObject({ status: 200 })
  expect(await challenge({ username: 'annabel', password: password.toUpperCase() })).toMatchObject({ status: 400 })
  expect(await challenge({ username: 'annabel', password: `${password} ` })).toMatchObject({ status: 400 })
  await close()
})

for (const { name, username } of [
  { name: 'an account', username: 'annabel' },
  { name: 'a name that nobody has', username: 'nobody' },
]) {
  test(`guessing at ${name} is slowed down after five failures, in every spelling`, async () => {
    const { challenge, counted, close } = await setUp()
    const handles: unknown[] = []
    for (let failure = 0; failure < 5; failure++) {
      const { body } = await challenge({ username, password: 'not the password' })
      expect(body['error']).toBe('invalid_credentials')
      handles.push(body['auth_session'])
    }
    const answer = await challenge({ username: username.toUpperCase(), password })
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' }, body: { error: 'slow_down' } })
    expect(answer.body).not.toHaveProperty('auth_session')
    expect(counted).toContain('sign_in.throttled')

    const followed = await challenge({ username, password, auth_session: handles[0] as string })
    expect(followed).toMatchObject({
      status: 429,
      body: { error: 'slow_down', auth_session: expect.stringMatching(/^cs_as_/) },
    })
    await close()
  })
}

test('of many guesses at once no more are verified than one by one', async () => {
  const { challenge, close } = await setUp()
  const answers = await Promise.all(Array.from({ length: 30 }, () => challenge(wrong)))
  const codes = answers.map(({ body }) => body['error'])
  expect(codes.filter((code) => code === 'invalid_credentials')).toHaveLength(5)
  expect(codes.filter((code) => code === 'slow_down')).toHaveLength(25)
  await close()
})

test('signing in clears the failures of the account', async () => {
  const { challenge, close } = await setUp()
  for (let round = 0; round < 3; round++) {
    for (let failure = 0; failure < 4; failure++) await challenge(wrong)
    expect(await challenge(annabel)).toMatchObject({ status: 200 })
  }
  await close()
})

test('when too many wait, the next is told to come back, keeps its session and has failed nothing', async () => {
  const { challenge, counted, close } = await setUp({ hashing: { concurrency: 1, maxWaiting: 0, memoryKiB: 8192 } })
  const { body } = await challenge()
  await challenge(annabel)
  const form = { auth_session: body['auth_session'] as string, ...annabel }
  const answers = await Promise.all([challenge(annabel), challenge(annabel), challenge(form)])
  const busy = answers.filter(({ status }) => status === 503)
  expect(busy.length).toBeGreaterThan(0)
  for (const answer of busy) {
    expect(answer).toMatchObject({ headers: { 'retry-after': '2' }, body: { error: 'temporarily_unavailable' } })
  }
  expect(counted).toContain('sign_in.busy')
  for (let time = 0; time < 8; time++) expect((await challenge(annabel)).status).toBe(200)
  await close()
})

test('a scope that a role grants is given to users with the role only, others get the rest', async () => {
  const { challenge, administration, store, state, close } = await setUp()
  await administration.createRole({ name: 'payer', scopes: { 'https://pay.example': ['pay'] } })
  const granted = async () => {
    const { body } = await challenge({ ...annabel, resource: 'https://pay.example', scope: 'openid pay' })
    const code = hashToken(body['authorization_code'] as string)
    const redemption = await store.grants.redeemCode(
      code,
      state.now,
      reused(() => state.now),
    )
    return redemption.status === 'redeemed' ? redemption.grant.scope : redemption.status
  }
  expect(await granted()).toBe('openid')
  await administration.setRoles('annabel', ['payer'])
  expect(await granted()).toBe('openid pay')
  await close()
})

test('no sign-in gives a scope of the server itself, which services have for their own', async () => {
  const { challenge, administration, close } = await setUp()
  const { client } = await administration.createClient({
    ...{ name: 'Back end', public: true, firstParty: true, scopes: ['openid', 'countersign:events'] },
  })
  const asked = { ...annabel, client_id: client.id }
  const { body } = await challenge({ ...asked, scope: 'openid countersign:events' })
  expect(body['error']).toBe('invalid_scope')
  expect((await challenge({ ...asked, scope: 'openid' })).status).toBe(200)
  await close()
})

test('a sign-in that verified the old password while it was changed gets nothing', async () => {
  const { challenge, store, close } = await setUp({
    meanwhile: (administration) => administration.setPassword('annabel', 'an-other-tunnel-55'),
  })
  expect(await challenge(annabel)).toMatchObject({ status: 400, body: { error: 'invalid_credentials' } })
  const told = await store.audit.list({ limit: 100, newest: true })
  expect(told.map(({ type }) => type)).not.toContain('sign_in.succeeded')
  await close()
})

test('a hash made with smaller parameters is renewed after a sign-in', async () => {
  const { challenge, store, close } = await setUp({ hashing: { memoryKiB: 128 } })
  const findHash = async () => (await store.users.findByUsername('annabel'))!.passwordHash
  const weak = await createPasswordHasher({ memoryKiB: 64, passes: 1 }).hash(password)
  const { id, passwordHash } = (await store.users.findByUsername('annabel'))!
  await store.users.replacePasswordHash(id, passwordHash, weak)
  expect(await challenge(annabel)).toMatchObject({ status: 200 })
  await expect.poll(findHash).toContain('m=128,')
  expect(await challenge(annabel)).toMatchObject({ status: 200 })
  await close()
})

test('the issuer as resource is the same as none', async () => {
  const { challenge, store, state, close } = await setUp()
  const { body } = await challenge({ ...annabel, resource: issuer, scope: 'openid' })
  const hash = hashToken(body['authorization_code'] as string)
  const redemption = await store.grants.redeemCode(
    hash,
    state.now,
    reused(() => state.now),
  )
  expect(redemption).toMatchObject({ status: 'redeemed', grant: { resource: null, scope: 'openid' } })
  await close()
})

test('a scope left out stands for all that the client may have there, but for what speaks of a person', async () => {
  const { challenge, store, state, close } = await setUp()
  for (const { resource, scope } of [
    { resource: undefined, scope: 'pay send' },
    { resource: 'https://pay.example', scope: 'pay' },
  ]) {
    const { body } = await challenge({ ...annabel, resource })
    const hash = hashToken(body['authorization_code'] as string)
    const redemption = await store.grants.redeemCode(
      hash,
      state.now,
      reused(() => state.now),
    )
    expect(redemption).toMatchObject({ grant: { scope } })
  }
  await close()
})
