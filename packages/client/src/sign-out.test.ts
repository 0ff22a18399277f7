import { expect, test } from 'vitest'
import { audience, json, refusal, setUp } from './client.fixture.ts'

const revoke = 'POST /oauth/revoke'

test('the refresh token is revoked and nothing is kept', async () => {
  const { client, storage, sent, addSession } = setUp({ [revoke]: () => new Response() })
  await addSession()
  expect(await client.signOut()).toBe('ended')
  expect(sent.map(({ form }) => Object.fromEntries(form))).toEqual([{ client_id: 'app', token: 'rt-1' }])
  expect(await storage.list()).toEqual([])
})

test('a session without a refresh token ends by its access token', async () => {
  const { client, sent, addSession } = setUp({ [revoke]: () => new Response() })
  await addSession({ refreshToken: undefined })
  expect(await client.signOut()).toBe('ended')
  expect(sent[0]!.form.get('token')).toBe('at-1')
})

test('one API, or all; never the sessions of another client or server', async () => {
  const { client, storage, addSession } = setUp({ [revoke]: () => new Response() })
  await addSession()
  await addSession({ resource: 'https://other.example' })
  await addSession({ clientId: 'other' })
  await addSession({ issuer: 'https://other-id.example' })
  expect(await client.signOut(audience)).toBe('ended')
  expect(await storage.list()).toHaveLength(3)
  expect(await client.signOut()).toBe('ended')
  const left = await storage.list()
  expect(left.map(({ issuer, clientId }) => [issuer, clientId])).toEqual([
    ['https://id.example', 'other'],
    ['https://other-id.example', 'app'],
  ])
})

for (const { name, answer } of [
  { name: 'out of reach', answer: () => Promise.reject(new TypeError('fetch failed')) },
  { name: 'down', answer: () => json({}, { status: 503 }) },
  { name: 'of another opinion', answer: () => refusal('invalid_grant') },
]) {
  test(`where the server is ${name}, the keys are gone all the same, and it is said`, async () => {
    const { client, storage, addSession } = setUp({ [revoke]: answer })
    await addSession()
    expect(await client.signOut()).toBe('ended-here-only')
    expect(await storage.list()).toEqual([])
  })
}

test('whoever is not signed in has ended', async () => {
  const { client, sent } = setUp({})
  expect(await client.signOut()).toBe('ended')
  expect(sent).toEqual([])
})

test('two tabs at once tell the server once', async () => {
  const { client, sent, addSession } = setUp({ [revoke]: () => new Response() })
  await addSession()
  expect(await Promise.all([client.signOut(), client.signOut()])).toEqual(['ended', 'ended'])
  expect(sent).toHaveLength(1)
})
