import { calculateJwkThumbprint, decodeProtectedHeader, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { audience, clientId, issuer, json, noon, refusal, setUp, tokens } from '../client.fixture.ts'
import type { Answers } from '../client.fixture.ts'
import { ClientError } from '../client-error.ts'
import { sha256Text } from '../crypto.ts'
import { memoryStorage } from '../storage/memory-storage.ts'

const ada = { username: 'ada', password: 'correct horse' }
const code = () => json({ authorization_code: 'code-1' })
const more = (handle: string, methods = ['password']) =>
  refusal('insufficient_authorization', {}, { methods, auth_session: handle })
const answers: Answers = {
  'POST /oauth/authorize-challenge': ({ form }) =>
    form.get('password') === ada.password ? code() : refusal('invalid_credentials', {}, { auth_session: 'as-9' }),
  'POST /oauth/token': () => tokens({ id_token: idToken() }),
}

function idToken(changes: object = {}): string {
  const claims = { iss: issuer, aud: clientId, sub: 'u1', auth_time: noon, acr: 'urn:x', amr: ['pwd'], ...changes }
  return new UnsecuredJWT(claims).encode()
}

test('name and password buy a code, and the code a session', async () => {
  const { client, sent } = setUp(answers)
  const step = await client.signIn.password({ ...ada, scope: 'openid read', resource: audience })
  const user = { subject: 'u1', authTime: noon, acr: 'urn:x', amr: ['pwd'] }
  const session = { resource: audience, scope: ['read'], user }
  expect(step).toEqual({ status: 'signed-in', session })
  expect(await client.session(audience)).toEqual(session)
  expect(await client.session()).toBeUndefined()

  const [challenge, exchange] = sent.map(({ form }) => Object.fromEntries(form))
  expect(challenge).toMatchObject({
    ...{
      client_id: 'app',
      response_type: 'code',
      scope: 'openid read',
      resource: audience,
      code_challenge_method: 'S256',
    },
    ...ada,
  })
  expect(exchange).toMatchObject({
    client_id: 'app',
    grant_type: 'authorization_code',
    code: 'code-1',
    resource: audience,
  })
  expect(await sha256Text(exchange!['code_verifier']!)).toBe(challenge!['code_challenge'])
})

test('the code is bound to the key that the token request proves (RFC 9449 §10)', async () => {
  const { client, sent } = setUp(answers)
  await client.signIn.password(ada)
  const { jwk } = decodeProtectedHeader(sent[1]!.headers.get('dpop') ?? '')
  expect(sent[0]!.form.get('dpop_jkt')).toBe(await calculateJwkThumbprint(jwk!))
})

test('without a resource the session is for the server, without "openid" it names nobody', async () => {
  const { client, sent } = setUp({ ...answers, 'POST /oauth/token': () => tokens({ scope: undefined }) })
  await client.signIn.password(ada)
  expect(await client.session()).toEqual({ resource: issuer, scope: [], user: undefined })
  expect(sent.map(({ form }) => [form.has('resource'), form.has('scope')])).toEqual([
    [false, false],
    [false, false],
  ])
})

test('two sign-ins share no key, verifier or challenge', async () => {
  const { client, storage, sent } = setUp(answers)
  await client.signIn.password(ada)
  await client.signIn.password({ ...ada, resource: audience })
  expect(await storage.list()).toHaveLength(2)
  expect(sent[0]!.form.get('dpop_jkt')).not.toBe(sent[2]!.form.get('dpop_jkt'))
  expect(sent[0]!.form.get('code_challenge')).not.toBe(sent[2]!.form.get('code_challenge'))
})

describe('signing in again for the same API', () => {
  const revoke = 'POST /oauth/revoke'
  const signIn = { ...ada, resource: audience }
  const setUpCounting = (more: Answers = {}, options: Parameters<typeof setUp>[1] = {}) => {
    let count = 1
    const token = () => tokens({ access_token: `at-${(count += 1)}`, refresh_token: `rt-${count}` })
    const stage = setUp({ ...answers, 'POST /oauth/token': token, [revoke]: () => new Response(), ...more }, options)
    const revoked = () =>
      stage.sent.filter(({ url }) => url.endsWith('/revoke')).map(({ form }) => Object.fromEntries(form))
    return { ...stage, revoked }
  }

  test('ends the session that is replaced, at the server too, whoever signed in there', async () => {
    const { client, storage, addSession, revoked } = setUpCounting()
    await addSession({ user: { subject: 'u2', authTime: noon, acr: undefined, amr: [] } })
    await client.signIn.password(signIn)
    expect(revoked()).toEqual([{ client_id: 'app', token: 'rt-1' }])
    expect(await storage.list()).toMatchObject([{ refreshToken: 'rt-2' }])
  })

  test('ends none for another API, or of another client or server', async () => {
    const { client, storage, addSession, revoked } = setUpCounting()
    await addSession({ resource: 'https://other.example' })
    await addSession({ clientId: 'other' })
    await addSession({ issuer: 'https://other-id.example' })
    await client.signIn.password(signIn)
    expect([revoked(), (await storage.list()).length]).toEqual([[], 4])
  })

  test('in several tabs at once ends all but the one that is kept', async () => {
    const { client, storage, addSession, revoked } = setUpCounting()
    await addSession()
    await Promise.all([1, 2, 3].map(() => client.signIn.password(signIn)))
    const [kept, ...others] = (await storage.list()).map(({ refreshToken }) => refreshToken)
    const ended = revoked().map(({ token }) => token)
    expect(others).toEqual([])
    expect(ended).toHaveLength(3)
    expect(new Set([kept, ...ended])).toEqual(new Set(['rt-1', 'rt-2', 'rt-3', 'rt-4']))
  })

  for (const { name, answer } of [
    { name: 'is out of reach', answer: () => Promise.reject(new TypeError('fetch failed')) },
    { name: 'does not know the token', answer: () => refusal('invalid_grant') },
  ]) {
    test(`succeeds where the server ${name}`, async () => {
      const { client, storage, addSession, revoked } = setUpCounting({ [revoke]: answer })
      await addSession()
      expect((await client.signIn.password(signIn)).status).toBe('signed-in')
      expect(revoked()).toHaveLength(1)
      expect(await storage.list()).toMatchObject([{ refreshToken: 'rt-2' }])
    })
  }

  test('succeeds where what was kept cannot be read', async () => {
    const storage = memoryStorage()
    const unreadable = { ...storage, read: () => Promise.reject(new ClientError('storage_failed', 'no key')) }
    const { client, addSession } = setUpCounting({}, { storage: unreadable })
    await addSession()
    expect((await client.signIn.password(signIn)).status).toBe('signed-in')
    expect(await storage.list()).toMatchObject([{ refreshToken: 'rt-2' }])
  })
})

describe('step by step', () => {
  test('the server says what it wants, and every answer brings the next handle', async () => {
    const handles: (string | null)[] = []
    const { client, sent } = setUp({
      ...answers,
      'POST /oauth/authorize-challenge': ({ form }) => {
        handles.push(form.get('auth_session'))
        if (!form.has('password')) return more('as-1')
        return form.has('code') ? code() : more('as-2', ['totp', 'recovery-code'])
      },
    })
    const first = await client.signIn.start({ scope: 'openid' })
    expect(first).toMatchObject({ status: 'challenge', challenge: { methods: ['password'] } })
    const second = first.status === 'challenge' && (await first.challenge.respond(ada))
    expect(second).toMatchObject({ status: 'challenge', challenge: { methods: ['totp', 'recovery-code'] } })
    const third =
      second && second.status === 'challenge' && (await second.challenge.respond({ ...ada, code: '123456' }))
    expect(third).toMatchObject({ status: 'signed-in' })
    expect(handles).toEqual([null, 'as-1', 'as-2'])
    // A sign-in under way is for what it was begun for.
    const constant = ['scope', 'code_challenge', 'dpop_jkt'] as const
    for (const name of constant) expect(new Set(sent.slice(0, 3).map(({ form }) => form.get(name))).size).toBe(1)
  })

  test('a wrong password can be typed again in the same sign-in', async () => {
    const { client, sent } = setUp({
      ...answers,
      'POST /oauth/authorize-challenge': (request) =>
        request.form.has('password') ? answers['POST /oauth/authorize-challenge']!(request) : more('as-1'),
    })
    const step = await client.signIn.start()
    if (step.status !== 'challenge') throw new Error('expected a challenge')
    await expect(step.challenge.respond({ ...ada, password: 'wrong' })).rejects.toMatchObject({
      code: 'credentials_refused',
      serverCode: 'invalid_credentials',
    })
    expect(await step.challenge.respond(ada)).toMatchObject({ status: 'signed-in' })
    expect(sent.slice(0, 3).map(({ form }) => form.get('auth_session'))).toEqual([null, 'as-1', 'as-9'])
  })

  test('what the person gave cannot change what is asked for', async () => {
    const { client, sent } = setUp({
      ...answers,
      'POST /oauth/authorize-challenge': ({ form }) => (form.has('password') ? code() : more('as-1')),
    })
    const step = await client.signIn.start({ scope: 'read' })
    if (step.status !== 'challenge') throw new Error('expected a challenge')
    const names = ['client_id', 'scope', 'resource', 'response_type', 'code_challenge', 'dpop_jkt', 'auth_session']
    await step.challenge.respond({ ...ada, ...Object.fromEntries(names.map((name) => [name, 'other'])) })
    expect(names.map((name) => sent[1]!.form.get(name))).not.toContain('other')
  })
})

describe('refusals', () => {
  for (const { name, answer, refused } of [
    {
      name: 'a wrong password',
      answer: () => refusal('invalid_credentials'),
      refused: { code: 'credentials_refused' },
    },
    {
      name: 'too many attempts',
      answer: () => refusal('slow_down', { status: 429, headers: { 'retry-after': '30' } }),
      refused: { code: 'too_many_attempts', retryAfterSeconds: 30, message: expect.stringContaining('30 seconds') },
    },
    { name: 'a session that is over', answer: () => refusal('invalid_session'), refused: { code: 'sign_in_expired' } },
    {
      name: 'a client that may not',
      answer: () => refusal('unauthorized_client', {}, { error_description: 'ask an administrator' }),
      refused: {
        code: 'sign_in_refused',
        serverCode: 'unauthorized_client',
        message: 'the server refused: unauthorized_client: ask an administrator',
      },
    },
    {
      name: 'a server that is busy',
      answer: () => refusal('temporarily_unavailable', { status: 503, headers: { 'retry-after': '1' } }),
      refused: { code: 'server_failed', retryAfterSeconds: 1 },
    },
    { name: 'no code', answer: () => json({}), refused: { code: 'answer_malformed' } },
    {
      name: 'no answer',
      answer: () => Promise.reject(new TypeError('fetch failed')),
      refused: { code: 'network_failed' },
    },
  ]) {
    test(`${name}: ${refused.code}, and nobody is signed in`, async () => {
      const { client, storage } = setUp({ ...answers, 'POST /oauth/authorize-challenge': answer })
      await expect(client.signIn.password(ada)).rejects.toMatchObject({ name: 'ClientError', ...refused })
      expect(await storage.list()).toEqual([])
    })
  }

  for (const { name, token, code: refused } of [
    { name: 'a code that is good no more', token: () => refusal('invalid_grant'), code: 'token_refused' },
    {
      name: 'an ID token of another server',
      token: () => tokens({ id_token: idToken({ iss: 'https://x.example' }) }),
      code: 'answer_malformed',
    },
    {
      name: 'an ID token for another client',
      token: () => tokens({ id_token: idToken({ aud: 'other' }) }),
      code: 'answer_malformed',
    },
    { name: 'an ID token of null', token: () => tokens({ id_token: 'e30.bnVsbA.AA' }), code: 'answer_malformed' },
    { name: 'an ID token that is none', token: () => tokens({ id_token: 'none' }), code: 'answer_malformed' },
  ]) {
    test(`${name}: ${refused}, and nobody is signed in`, async () => {
      const { client, storage } = setUp({ ...answers, 'POST /oauth/token': token })
      await expect(client.signIn.password(ada)).rejects.toMatchObject({ name: 'ClientError', code: refused })
      expect(await storage.list()).toEqual([])
    })
  }

  test('no message tells the password', async () => {
    const { client } = setUp({ 'POST /oauth/authorize-challenge': () => refusal('invalid_request') })
    const error: unknown = await client.signIn.password(ada).catch((caught: unknown) => caught)
    expect(String(error)).not.toContain(ada.password)
  })
})

describe('in a browser', () => {
  afterEach(() => vi.unstubAllGlobals())

  for (const { origin, allowed } of [
    { origin: issuer, allowed: true },
    { origin: 'https://app.example', allowed: false },
    { origin: 'http://id.example', allowed: false },
    { origin: 'null', allowed: false },
  ]) {
    test(`on ${origin}: ${allowed ? 'signs in' : 'origin_refused, and nothing is sent'}`, async () => {
      vi.stubGlobal('location', { origin })
      const { client, sent } = setUp(answers)
      const result = client.signIn.password(ada)
      if (allowed) {
        expect((await result).status).toBe('signed-in')
      } else {
        await expect(result).rejects.toMatchObject({ code: 'origin_refused' })
        await expect(client.signIn.start()).rejects.toMatchObject({ code: 'origin_refused' })
        expect(sent).toEqual([])
      }
    })
  }
})
