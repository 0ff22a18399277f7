import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretKey, signJws } from '@countersign/tokens'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import type { HttpClient, HttpReply } from '../wire/http-client.ts'
import { startJwtServer } from './server.ts'

const secret = 'a secret of at least thirty-two bytes'
const start = 1_800_000_000
const folder = mkdtempSync(join(tmpdir(), 'lab-jwt-'))
const servers: RunningServer[] = []
let now = start
let server: RunningServer
let client: HttpClient

async function open(options: ServerOptions = {}): Promise<HttpClient> {
  server = await startJwtServer({ env: { LAB_JWT_SECRET: secret }, now: () => now, ...options })
  servers.push(server)
  return createHttpClient(server.url)
}

const alice = { username: 'alice', password: 'wonderland' }

async function logIn(form = alice, at = client): Promise<string> {
  await at.post('/register', { form })
  return textMember(await at.post('/login', { form }), 'token') ?? ''
}

function phones(token: string, at = client): Promise<HttpReply> {
  return at.get('/api/phone/', { headers: { Authorization: `Bearer ${token}` } })
}

function addPhone(token: string, phone: string): Promise<HttpReply> {
  return client.post('/api/phone/', { headers: { Authorization: `Bearer ${token}` }, form: { phone } })
}

async function closeAll(): Promise<void> {
  await Promise.all(servers.splice(0).map((each) => each.close()))
}

beforeEach(async () => {
  now = start + 0.75
  client = await open()
})

afterEach(closeAll)
afterAll(() => rmSync(folder, { recursive: true }))

describe('registration', () => {
  test('takes a name once', async () => {
    expect(await client.post('/register', { form: alice })).toMatchObject({
      status: 201,
      text: '{"message":"User registered"}',
    })
    expect(await client.post('/register', { form: { ...alice, password: 'other' } })).toMatchObject({
      status: 409,
      text: '{"error":"User already exists"}',
    })
    expect((await client.post('/login', { form: alice })).status).toBe(200)
  })

  test('of one name twice at once gives it to one', async () => {
    const replies = await Promise.all([1, 2, 3].map(() => client.post('/register', { form: alice })))
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409])
  })

  test.each([
    [{}, 'Missing username'],
    [{ username: '', password: 'x' }, 'Missing username'],
    [{ username: 'a' }, 'Missing password'],
    [{ username: 'a'.repeat(65), password: 'x' }, 'Invalid username'],
    [{ username: 'a\nb', password: 'x' }, 'Invalid username'],
    [{ username: 'a\u0085b', password: 'x' }, 'Invalid username'],
    [{ username: 'a', password: 'x'.repeat(129) }, 'Invalid password'],
  ])('refuses %j', async (form: Record<string, string>, error) => {
    expect(await client.post('/register', { form })).toMatchObject({ status: 400, text: JSON.stringify({ error }) })
  })

  test('takes 64 characters for a name and 128 for a password', async () => {
    const form = { username: '😀'.repeat(64), password: 'é'.repeat(128) }
    expect(JSON.parse((await phones(await logIn(form))).text)).toEqual({ phones: [] })
  })
})

describe('a login', () => {
  test('answers a token of exactly this header and this payload', async () => {
    const [header = '', payload = ''] = (await logIn()).split('.')
    expect(Buffer.from(header, 'base64url').toString()).toBe('{"alg":"HS256","typ":"JWT"}')
    expect(Buffer.from(payload, 'base64url').toString()).toBe(`{"user":"alice","exp":${start + 3600}}`)
  })

  test.each([
    [{ username: 'alice', password: 'wrong' }, 401, 'Invalid credentials'],
    [{ username: 'nobody', password: 'wonderland' }, 401, 'Invalid credentials'],
    [{ username: 'alice' }, 400, 'Missing password'],
    [{ password: 'x' }, 400, 'Missing username'],
  ])('with %j is answered %d', async (form: Record<string, string>, status, error) => {
    await client.post('/register', { form: alice })
    expect(await client.post('/login', { form })).toMatchObject({ status, text: JSON.stringify({ error }) })
  })

  test.each(['alice', 'nobody'])('as %s is throttled after five failures, for a minute', async (username) => {
    await client.post('/register', { form: alice })
    for (let guess = 0; guess < 5; guess++) {
      expect((await client.post('/login', { form: { username, password: 'wrong' } })).status).toBe(401)
    }
    const right = { form: { username, password: alice.password } }
    expect(await client.post('/login', right)).toMatchObject({
      status: 429,
      text: '{"error":"Too many attempts"}',
      headers: { 'retry-after': '60' },
    })
    now += 61
    expect((await client.post('/login', right)).status).toBe(username === 'alice' ? 200 : 401)
  })
})

describe('phones', () => {
  test('are kept in order, each user with their own, with the slash and without', async () => {
    const token = await logIn()
    const bob = await logIn({ username: 'bob', password: 'builder' })
    expect(await addPhone(token, '2')).toMatchObject({ status: 201, text: '{"phone":"2"}' })
    await addPhone(token, '1')
    await addPhone(token, '2')
    await addPhone(bob, '3')
    const headers = { Authorization: `bearer ${token}` }
    expect((await client.get('/api/phone', { headers })).text).toBe('{"phones":["2","1","2"]}')
    expect((await client.post('/api/phone', { headers, form: { phone: '4' } })).status).toBe(201)
    expect((await phones(bob)).text).toBe('{"phones":["3"]}')
  })

  test.each([
    [{}, 400, 'Missing phone'],
    [{ phone: '' }, 400, 'Missing phone'],
    [{ phone: '1'.repeat(65) }, 400, 'Invalid phone'],
  ])('are refused for %j, once the token holds', async (form: Record<string, string>, status, error) => {
    const headers = { Authorization: `Bearer ${await logIn()}` }
    expect(await client.post('/api/phone/', { headers, form })).toMatchObject({
      status,
      text: JSON.stringify({ error }),
    })
    expect((await client.post('/api/phone/', { form })).status).toBe(401)
  })

  test('are a hundred at most', async () => {
    const token = await logIn()
    const replies = await Promise.all(Array.from({ length: 101 }, (_, at) => addPhone(token, `${at}`)))
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(1)
  })
})

describe('a token is refused', () => {
  test.each([{}, { Authorization: 'Basic YTpi' }, { Authorization: 'Bearer' }, { Cookie: 'token=x' }])(
    'as missing with %j',
    async (headers: Record<string, string>) => {
      const reply = await client.get('/api/phone/?token=x', { headers })
      expect(reply).toMatchObject({ status: 401, text: '{"error":"Missing token"}' })
      expect(reply.headers['www-authenticate']).toBe('Bearer')
    },
  )

  const signed = (payload: object): string =>
    signJws(JSON.stringify(payload), secretKey('HS256', Buffer.from(secret)), { typ: 'JWT' })

  test.each([
    ['not a token', 'x', 'Malformed token'],
    ['with a claim too many', signed({ user: 'alice', exp: start + 9, admin: true }), 'Malformed token'],
    ['without end', signed({ user: 'alice' }), 'Malformed token'],
    ['at its end', signed({ user: 'alice', exp: start }), 'Token expired'],
    ['of a user who is not there', signed({ user: 'nobody', exp: start + 9 }), 'Unknown user'],
    [
      'forged',
      `${signed({ user: 'alice', exp: start + 9 }).slice(0, -4)}AAAA`,
      'Invalid token signature: forged, or the secret that made it is gone',
    ],
  ])('when it is %s', async (_, token, error) => {
    await client.post('/register', { form: alice })
    const reply = await phones(token)
    expect(reply).toMatchObject({ status: 401, text: JSON.stringify({ error }) })
    expect(reply.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  })

  test('after its hour, and not before', async () => {
    const token = await logIn()
    now = start + 3599.9
    expect((await phones(token)).status).toBe(200)
    now = start + 3600
    expect((await phones(token)).text).toBe('{"error":"Token expired"}')
  })
})

describe('secrets', () => {
  test('that are replaced verify for their grace; then their tokens are told from expired ones', async () => {
    client = await open({ extra: { grace: '10' } })
    const token = await logIn()
    server.hangUp?.()
    const next = await logIn()
    now += 9
    expect((await phones(token)).status).toBe(200)
    now += 2
    expect((await phones(token)).text).toMatch(/secret that made it is gone/)
    expect((await phones(next)).status).toBe(200)
  })

  test('rotate on their own, by the clock', async () => {
    client = await open({ extra: { 'rotate-every': '60', grace: '0' } })
    const token = await logIn()
    now += 60
    expect((await phones(token)).text).toMatch(/secret that made it is gone/)
  })

  test('that are replaced verify for a token lifetime, unless told otherwise', async () => {
    client = await open({ tokenTtlSeconds: 7200 })
    const token = await logIn()
    server.hangUp?.()
    now += 7000
    expect((await phones(token)).status).toBe(200)
  })

  test.each([
    [{ env: { LAB_JWT_SECRET: 'change-me-in-production' } }, /^LAB_JWT_SECRET has 23 bytes.* Make one: /],
    [{ extra: { 'rotate-every': '0' } }, /^--rotate-every is no number of seconds/],
    [{ extra: { grace: '-1' } }, /^--grace is no number of seconds/],
    [{ extra: { data: join(folder, 'no', 'folder') } }, /^--data .*ENOENT/],
  ])('and options that make no sense are refused: %j', async (options, message) => {
    await expect(startJwtServer({ env: {}, ...options })).rejects.toThrow(message)
  })
})

describe('a data file', () => {
  const data = join(folder, 'lab.db')

  test('keeps users, phones, and secrets with their ends', async () => {
    client = await open({ extra: { data, grace: '100' } })
    const token = await logIn()
    await addPhone(token, '1')
    server.hangUp?.()
    await closeAll()
    // With another secret, which only a first start would take.
    now += 50
    client = await open({
      extra: { data, grace: '100' },
      env: { LAB_JWT_SECRET: 'another secret of thirty-two bytes' },
    })
    expect((await phones(token)).text).toBe('{"phones":["1"]}')
    expect((await client.post('/login', { form: alice })).status).toBe(200)
    now += 51
    expect((await phones(token)).text).toMatch(/secret that made it is gone/)
  })

  test('is for its owner alone, and for one server at a time', async () => {
    client = await open({ extra: { data } })
    expect(statSync(data).mode & 0o077).toBe(0)
    await expect(startJwtServer({ env: {}, extra: { data } })).rejects.toThrow(/another server uses it$/)
  })

  test('does not keep secrets that are gone', async () => {
    const given = 'first secret, of thirty-two bytes'
    const file = join(folder, 'gone.db')
    await open({ extra: { data: file, grace: '0' }, env: { LAB_JWT_SECRET: given } })
    expect(readFileSync(file, 'latin1')).toContain(given)
    server.hangUp?.()
    for (const name of [file, `${file}-journal`]) expect(readFileSync(name, 'latin1')).not.toContain(given)
  })

  test('that is something else is refused', async () => {
    const file = join(folder, 'text')
    writeFileSync(file, 'this is a text, and not a database at all'.repeat(50))
    await expect(startJwtServer({ env: {}, extra: { data: file } })).rejects.toThrow(/^--data .*not a database$/)
  })
})
