import { expect, test } from 'vitest'
import { otherChallenge, password, setUp } from './password-sign-in.fixture.ts'

const annabel = { username: 'annabel', password }
const wrong = { username: 'annabel', password: 'not the password' }

test('a session is followed up once, with a new handle at every answer', async () => {
  const { challenge, close } = await setUp()
  const first = await challenge()
  const second = await challenge({ auth_session: first.body['auth_session'] as string, ...wrong })
  expect(second).toMatchObject({ status: 400, body: { error: 'invalid_credentials' } })
  expect(second.body['auth_session']).not.toBe(first.body['auth_session'])
  expect(await challenge({ auth_session: first.body['auth_session'] as string, ...annabel })).toMatchObject({
    status: 400,
    body: { error: 'invalid_session' },
  })
  expect(await challenge({ auth_session: second.body['auth_session'] as string, ...annabel })).toMatchObject({
    status: 200,
  })
  await close()
})

test('a handle is good for one of many requests at once', async () => {
  const { challenge, close } = await setUp()
  const { body } = await challenge()
  const form = { auth_session: body['auth_session'] as string, ...annabel }
  const answers = await Promise.all(Array.from({ length: 8 }, () => challenge(form)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter((answer) => answer.body['error'] === 'invalid_session')).toHaveLength(7)
  await close()
})

test('a session ends after ten minutes', async () => {
  const { challenge, state, close } = await setUp()
  const { body } = await challenge()
  state.now += 600
  const answer = await challenge({ auth_session: body['auth_session'] as string, ...annabel })
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_session' } })
  await close()
})

test('after five failures a session is dead, also for the right password', async () => {
  const { challenge, administration, close } = await setUp()
  await administration.createUser({ username: 'bertram', password })
  let handle: string | undefined
  for (let failure = 1; failure <= 5; failure++) {
    const { body } = await challenge({ auth_session: handle, username: `nobody ${failure}`, password })
    expect(body['error']).toBe('invalid_credentials')
    handle = body['auth_session'] as string
  }
  const answer = await challenge({ auth_session: handle, username: 'bertram', password })
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_session' } })
  await close()
})

for (const { name, changed } of [
  { name: 'code challenge', changed: { code_challenge: otherChallenge } },
  { name: 'scope', changed: { scope: 'openid email' } },
  { name: 'resource', changed: { resource: undefined } },
  { name: 'nonce', changed: { nonce: 'another' } },
  { name: 'nonce, left out', changed: { nonce: undefined } },
]) {
  test(`a session is bound to its ${name}: another is refused, and the session is spent`, async () => {
    const { challenge, close } = await setUp()
    const asked = { scope: 'openid', resource: 'https://pay.example', nonce: 'one' }
    const { body } = await challenge(asked)
    const form = { auth_session: body['auth_session'] as string, ...annabel, ...asked }
    expect(await challenge({ ...form, ...changed })).toMatchObject({ status: 400, body: { error: 'invalid_session' } })
    expect(await challenge(form)).toMatchObject({ status: 400, body: { error: 'invalid_session' } })
    await close()
  })
}

test('a session is bound to its client', async () => {
  const { challenge, administration, close } = await setUp()
  const { client } = await administration.createClient({ name: 'Other', public: true, firstParty: true })
  const { body } = await challenge({ scope: '' })
  const form = { auth_session: body['auth_session'] as string, ...annabel }
  expect(await challenge({ ...form, client_id: client.id })).toMatchObject({ body: { error: 'invalid_session' } })
  await close()
})

test('an address that opens many sessions has to wait, but not with a session or a password', async () => {
  const { challenge, counted, close } = await setUp({ freeSessions: 3 })
  const answers = await Promise.all(Array.from({ length: 5 }, () => challenge()))
  expect(answers.map(({ status }) => status).sort()).toEqual([400, 400, 400, 429, 429])
  const refused = answers.find(({ status }) => status === 429)!
  expect(refused.body).toEqual({ error: 'slow_down', error_description: 'too many attempts' })
  expect(refused.headers['retry-after']).toBe('1')
  expect(counted).toEqual(['sign_in.throttled', 'sign_in.throttled'])
  const opened = answers.find(({ status }) => status === 400)!
  const session = { auth_session: String(opened.body['auth_session']) }
  expect(await challenge(session)).toMatchObject({ status: 400, body: { error: 'insufficient_authorization' } })
  expect(await challenge({ username: 'annabel', password })).toMatchObject({ status: 200 })
  await close()
})

test('a malformed handle is refused', async () => {
  const { challenge, close } = await setUp()
  for (const auth_session of ['x', `cs_as_${'A'.repeat(49)}`]) {
    expect(await challenge({ auth_session, ...annabel })).toMatchObject({
      status: 400,
      body: { error: 'invalid_session' },
    })
  }
  await close()
})
