import { afterAll, expect, test } from 'vitest'
import { password, setUp } from './password-sign-in.fixture.ts'

// What is refused before anybody's password is looked at changes nothing: one server serves all of these.
const { challenge, send, administration, store, counted, close } = await setUp()
afterAll(close)

const annabel = { username: 'annabel', password }
const { client: thirdParty } = await administration.createClient({
  name: 'Third party',
  public: true,
  grants: ['authorization_code'],
})
const { client: confidential, secret } = await administration.createClient({ name: 'Confidential', firstParty: true })

for (const { name, form, status = 400, error } of [
  { name: 'no client', form: { client_id: undefined }, status: 401, error: 'invalid_client' },
  { name: 'an unknown client', form: { client_id: 'nobody' }, status: 401, error: 'invalid_client' },
  {
    name: 'a client that is not first-party',
    form: { client_id: thirdParty.id },
    error: 'unauthorized_client',
  },
  {
    name: 'a confidential client that does not authenticate',
    form: { client_id: confidential.id },
    status: 401,
    error: 'invalid_client',
  },
  {
    name: 'a confidential client with a wrong secret',
    form: { client_id: confidential.id, client_secret: 'wrong' },
    status: 401,
    error: 'invalid_client',
  },
  { name: 'no response_type', form: { response_type: undefined }, error: 'invalid_request' },
  { name: 'another response_type', form: { response_type: 'token' }, error: 'unsupported_response_type' },
  { name: 'no code_challenge', form: { code_challenge: undefined }, error: 'invalid_request' },
  { name: 'no code_challenge_method', form: { code_challenge_method: undefined }, error: 'invalid_request' },
  { name: 'code_challenge_method plain', form: { code_challenge_method: 'plain' }, error: 'invalid_request' },
  { name: 'a short code_challenge', form: { code_challenge: 'abc' }, error: 'invalid_request' },
  { name: 'a malformed scope', form: { scope: 'openid  email' }, error: 'invalid_scope' },
  { name: 'a scope that is not the client’s', form: { scope: 'openid profile' }, error: 'invalid_scope' },
  {
    name: 'a scope that the API does not know',
    form: { scope: 'send', resource: 'https://pay.example' },
    error: 'invalid_scope',
  },
  {
    name: 'a scope of the API that is not the client’s',
    form: { scope: 'refund', resource: 'https://pay.example' },
    error: 'invalid_scope',
  },
  { name: 'a resource that is no URI', form: { resource: 'pay' }, error: 'invalid_target' },
  { name: 'a resource with a fragment', form: { resource: 'https://pay.example#x' }, error: 'invalid_target' },
  { name: 'an unknown resource', form: { resource: 'https://nobody.example' }, error: 'invalid_target' },
  {
    name: 'an API that is not open to the client',
    form: { resource: 'https://mail.example' },
    error: 'invalid_target',
  },
  { name: 'a long nonce', form: { nonce: 'n'.repeat(513) }, error: 'invalid_request' },
]) {
  test(`refuses ${name}: ${error}`, async () => {
    const answer = await challenge({ ...annabel, ...form })
    expect(answer).toMatchObject({ status, body: { error } })
    expect(answer.body).not.toHaveProperty('auth_session')
  })
}

for (const { name, origin, taken } of [
  { name: 'no origin (no browser)', origin: undefined, taken: true },
  { name: "the issuer's origin", origin: 'https://id.example', taken: true },
  { name: "an origin of the client's", origin: 'https://app.example', taken: true },
  { name: 'another origin', origin: 'https://evil.example', taken: false },
  { name: 'an opaque origin', origin: 'null', taken: false },
  { name: 'another scheme', origin: 'http://app.example', taken: false },
  { name: 'another port', origin: 'https://app.example:8443', taken: false },
  { name: 'two origins', origin: 'https://app.example, https://evil.example', taken: false },
]) {
  test(`${taken ? 'takes' : 'refuses'} ${name}`, async () => {
    const answer = await challenge(annabel, origin === undefined ? {} : { origin })
    expect(answer).toMatchObject(taken ? { status: 200 } : { status: 403, body: { error: 'access_denied' } })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })
}

test("refuses the origin of one client to another, and any but the issuer's to an unknown one", async () => {
  const headers = { origin: 'https://app.example' }
  for (const client_id of [confidential.id, 'nobody', undefined]) {
    expect(await challenge({ ...annabel, client_id }, headers)).toMatchObject({
      status: 403,
      body: { error: 'access_denied' },
    })
  }
})

test('takes a confidential first-party client that authenticates, by form or by header', async () => {
  const form = { ...annabel, client_id: confidential.id }
  expect(await challenge({ ...form, client_secret: secret! })).toMatchObject({ status: 200 })
  const authorization = `Basic ${Buffer.from(`${confidential.id}:${secret!}`).toString('base64')}`
  expect(await challenge({ ...form, client_id: undefined }, { authorization })).toMatchObject({ status: 200 })
})

test('refuses JSON, and a parameter that is repeated', async () => {
  const url = '/oauth/authorize-challenge'
  expect(await send(url, 'application/json', '{}')).toMatchObject({ status: 415, body: { error: 'invalid_request' } })
  const twice = await send(url, 'application/x-www-form-urlencoded', 'client_id=a&client_id=b')
  expect(twice).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
})

test('what is refused at the door leaves no event', async () => {
  const before = await store.audit.list({ limit: 1, newest: true })
  await challenge({ ...annabel, client_id: thirdParty.id })
  await challenge({ ...annabel, scope: 'profile' })
  expect(await store.audit.list({ limit: 1, newest: true })).toEqual(before)
  expect(counted).not.toContain('sign_in.refused')
})
