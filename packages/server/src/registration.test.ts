import { expect, test } from 'vitest'
import { password, setUp } from './password-sign-in.fixture.ts'

const bertram = { username: 'Bertram', password }

test('a person registers and signs in', async () => {
  const { register, challenge, store, close } = await setUp()
  const { status, body } = await register({ ...bertram, email: 'b@example.com' })
  expect(status).toBe(201)
  expect(body).toEqual({ id: expect.any(String), username: 'Bertram' })
  expect(await store.users.find(body['id'] as string)).toMatchObject({ username: 'Bertram', email: 'b@example.com' })
  expect(await challenge({ username: 'bertram', password })).toMatchObject({ status: 200 })
  await close()
})

test('a registration is audited with the address it came from', async () => {
  const { register, store, close } = await setUp()
  const { body } = await register(bertram)
  const userId = body['id'] as string
  expect(await store.audit.list({ limit: 1, newest: true })).toEqual([
    expect.objectContaining({ type: 'user.created', actor: `user:${userId}`, userId, address: '127.0.0.1' }),
  ])
  await close()
})

test('a name that is taken is refused, in every spelling', async () => {
  const { register, close } = await setUp()
  for (const username of ['annabel', 'ANNABEL', 'ａｎｎａｂｅｌ']) {
    expect(await register({ username, password: 'other-password-77' })).toMatchObject({
      status: 409,
      headers: { 'content-type': expect.stringContaining('application/problem+json') },
      body: { status: 409, code: 'username_taken' },
    })
  }
  await close()
})

test('of many who want one name at once, one gets it', async () => {
  const { register, close } = await setUp()
  const answers = await Promise.all(Array.from({ length: 8 }, () => register(bertram)))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...new Array<number>(7).fill(409)])
  await close()
})

test('where registration is closed nobody registers', async () => {
  const { register, store, close } = await setUp({ registration: 'closed' })
  expect(await register(bertram)).toMatchObject({ status: 403, body: { code: 'registration_closed' } })
  expect(await store.users.findByUsername('bertram')).toBeUndefined()
  await close()
})

for (const { name, body, errors } of [
  {
    name: 'nothing',
    body: {},
    errors: [
      { field: 'username', rule: 'required' },
      { field: 'password', rule: 'required' },
    ],
  },
  { name: 'a number for a name', body: { ...bertram, username: 7 }, errors: [{ field: 'username', rule: 'type' }] },
  { name: 'null for an e-mail address', body: { ...bertram, email: null }, errors: [{ field: 'email', rule: 'type' }] },
  { name: 'a member of its own', body: { ...bertram, admin: true }, errors: [{ field: 'admin', rule: 'unknown' }] },
  {
    name: 'everything wrong',
    body: { username: 'b', password: 'short', email: 'no' },
    errors: [
      { field: 'username', rule: 'length' },
      { field: 'password', rule: 'minLength' },
      { field: 'email', rule: 'form' },
    ],
  },
  {
    name: 'a common password',
    body: { ...bertram, password: 'password1' },
    errors: [{ field: 'password', rule: 'common' }],
  },
]) {
  test(`a body with ${name} is refused, and every field and rule named`, async () => {
    const { register, close } = await setUp()
    const answer = await register(body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'registration_invalid' } })
    expect(answer.body['errors']).toEqual(errors.map((error) => expect.objectContaining(error)))
    await close()
  })
}

test('a form, an array and a repeated member are refused', async () => {
  const { send, register, close } = await setUp()
  const form = await send('/api/users', 'application/x-www-form-urlencoded', 'username=bertram')
  expect(form).toMatchObject({ status: 415, body: { code: 'content_type_unsupported' } })
  expect(await register([bertram])).toMatchObject({ status: 400, body: { code: 'json_malformed' } })
  const twice = await send('/api/users', 'application/json', '{"username":"bertram","username":"other"}')
  expect(twice).toMatchObject({ status: 400, body: { code: 'json_malformed' } })
  await close()
})

test('no answer repeats a password', async () => {
  const { register, close } = await setUp()
  const { body } = await register({ username: 'annabel', password: 'annabel-secret-77' })
  expect(body).toMatchObject({ code: 'registration_invalid' })
  expect(JSON.stringify(body)).not.toContain('secret')
  await close()
})

test('an address that registers often has to wait', async () => {
  const { register, counted, close } = await setUp({ freeRegistrations: 2 })
  expect(await register(bertram)).toMatchObject({ status: 201 })
  expect(await register(bertram)).toMatchObject({ status: 409 })
  expect(await register({ ...bertram, username: 'Cecil' })).toMatchObject({
    status: 429,
    headers: { 'retry-after': '1' },
    body: { code: 'too_many_requests' },
  })
  expect(counted).toEqual(['registration.throttled'])
  await close()
})

test('nobody registers more often by doing so all at once', async () => {
  const { register, close } = await setUp({ freeRegistrations: 2 })
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, index) => register({ username: `person ${index}`, password })),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429, 429, 429])
  await close()
})

test('when too many passwords wait to be hashed, the next is told to come back', async () => {
  const { register, counted, close } = await setUp({ hashing: { concurrency: 1, maxWaiting: 0, memoryKiB: 8192 } })
  const answers = await Promise.all(['Bertram', 'Cecil', 'Dorothy'].map((username) => register({ username, password })))
  const busy = answers.filter(({ status }) => status === 503)
  expect(busy.length).toBeGreaterThan(0)
  for (const answer of busy) {
    expect(answer).toMatchObject({ headers: { 'retry-after': '2' }, body: { code: 'temporarily_unavailable' } })
  }
  expect(counted).toContain('registration.busy')
  await close()
})
