import { secretKey, signJws, signJwt } from '@countersign/tokens'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import type { HttpClient, HttpReply } from '../wire/http-client.ts'
import { startOneTimeServer } from './server.ts'

const secret = 'a secret of at least thirty-two bytes'
const key = secretKey('HS256', Buffer.from(secret))
const start = 1_800_000_000
const servers: RunningServer[] = []
let now = start
let client: HttpClient

async function open(options: ServerOptions = {}): Promise<HttpClient> {
  const server = await startOneTimeServer({ env: { JWT_SECRET_KEY: secret }, now: () => now, ...options })
  servers.push(server)
  return createHttpClient(server.url)
}

async function issue(user = 'alice', from = client): Promise<string> {
  return textMember(await from.post('/request-token', { form: { user_id: user } }), 'access_token') ?? ''
}

function use(token: string, at = client): Promise<HttpReply> {
  return at.get('/secure-data', { headers: { Authorization: `Bearer ${token}` } })
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

/** A token of the same claims but these, with a signature that holds. */
function resign(token: string, changes: Record<string, unknown>): string {
  return signJws(JSON.stringify({ ...claimsOf(token), ...changes }), key, { typ: 'JWT' })
}

async function codeOf(reply: HttpReply | Promise<HttpReply>): Promise<string | undefined> {
  const { status, headers, text } = await reply
  if (status === 200) return 'granted'
  expect({ status, challenge: headers['www-authenticate'] }).toEqual({ status: 401, challenge: 'Bearer' })
  const body = JSON.parse(text) as Record<string, unknown>
  expect(body).toEqual({ error: expect.any(String), message: expect.any(String) })
  return String(body['error'])
}

beforeEach(async () => {
  now = start + 0.75
  client = await open()
})

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

test('health', async () => {
  expect(await client.get('/health')).toMatchObject({ status: 200, text: '{"status":"ok"}' })
})

describe('a token', () => {
  test('is issued for any name, with exactly the claims of this server', async () => {
    const reply = await client.post('/request-token', { form: { user_id: 'user123' } })
    expect(reply.text).toMatch(/^\{"access_token":"[^"]+","token_type":"Bearer","expires_in":120\}$/)
    const token = textMember(reply, 'access_token') ?? ''
    const [header = ''] = token.split('.')
    expect(Buffer.from(header, 'base64url').toString()).toBe('{"alg":"HS256","typ":"JWT"}')
    const claims = claimsOf(token)
    expect(Object.keys(claims)).toEqual(['sub', 'jti', 'iss', 'aud', 'iat', 'nbf', 'exp'])
    expect(claims).toMatchObject({
      sub: 'user123',
      iss: 'zero-trust-auth-server',
      aud: 'zero-trust-clients',
      iat: start,
      nbf: start,
      exp: start + 120,
    })
    expect(claims['jti']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test.each([
    [{}, 'user_id is required'],
    [{ user_id: '' }, 'user_id is required'],
    [{ user_id: 'x'.repeat(129) }, 'user_id is too long'],
  ])('is refused for %j', async (form, error) => {
    const reply = await client.post('/request-token', { form })
    expect(reply).toMatchObject({ status: 400, text: JSON.stringify({ error }) })
  })

  test('is issued for a name of 128 characters, as JSON too', async () => {
    const body = JSON.stringify({ user_id: '😀'.repeat(128) })
    const reply = await client.post('/request-token', { headers: { 'Content-Type': 'application/json' }, body })
    expect(reply.status).toBe(200)
  })

  test('works once', async () => {
    const token = await issue('user123')
    const reply = await use(token)
    expect(reply.text).toBe(JSON.stringify({ message: 'Access granted', user: 'user123', jti: claimsOf(token)['jti'] }))
    expect(await codeOf(use(token))).toBe('token_replayed')
  })

  test('works until the last moment before its end, and not at its end', async () => {
    const [early, late] = [await issue('alice'), await issue('bob')]
    now = start + 119.999
    expect(await codeOf(use(early))).toBe('granted')
    now = start + 120
    expect(await codeOf(use(late))).toBe('token_expired')
  })

  test('is stale once its user has a newer one, and only theirs', async () => {
    const [older, newer, others] = [await issue('alice'), await issue('alice'), await issue('bob')]
    expect(await codeOf(use(older))).toBe('token_stale')
    expect(await codeOf(use(newer))).toBe('granted')
    expect(await codeOf(use(others))).toBe('granted')
  })

  test('that is used a hundred times at once is granted once', { timeout: 30_000 }, async () => {
    const token = await issue()
    const codes = await Promise.all(Array.from({ length: 100 }, () => codeOf(use(token))))
    expect(codes.filter((code) => code === 'granted')).toHaveLength(1)
    expect(new Set(codes)).toEqual(new Set(['granted', 'token_replayed']))
  })
})

describe('refused', () => {
  test.each([
    ['no header', {}],
    ['another scheme', { Authorization: 'Basic YTpi' }],
    ['an empty header', { Authorization: '' }],
    ['an empty token', { Authorization: 'Bearer ' }],
    ['a cookie', { Cookie: 'access_token=TOKEN; Authorization=Bearer TOKEN' }],
  ])('as missing: %s', async (_, headers) => {
    const token = await issue()
    const sent = Object.entries(headers).map(([name, value]) => [name, value.replaceAll('TOKEN', token)])
    expect(await codeOf(client.get('/secure-data', { headers: Object.fromEntries(sent) }))).toBe('missing_token')
    expect(await codeOf(client.get(`/secure-data?access_token=${token}`))).toBe('missing_token')
  })

  test('a token in a form: there is nothing to post to', async () => {
    const reply = await client.post('/secure-data', { form: { access_token: await issue() } })
    expect(reply).toMatchObject({ status: 405, headers: { allow: 'GET' } })
  })

  test.each([
    ['no token', () => 'x'],
    ['two tokens', (token: string) => `${token} ${token}`],
    ['another signature', (token: string) => `${token.slice(0, -4)}AAAA`],
    ['another issuer', (token: string) => resign(token, { iss: 'other' })],
    ['another audience', (token: string) => resign(token, { aud: 'other' })],
    ['several audiences', (token: string) => resign(token, { aud: ['zero-trust-clients', 'other'] })],
    ['not valid yet', (token: string) => resign(token, { nbf: start + 1 })],
    ['a claim too many', (token: string) => resign(token, { admin: true })],
    ['a claim too few', (token: string) => resign(token, { iat: undefined })],
    ['an unknown ID', (token: string) => resign(token, { jti: 'unknown', sub: 'nobody' })],
    ['another hash', (token: string) => resign(token, { exp: start + 121 })],
    [
      'a longer header',
      (token: string) => signJwt(claimsOf(token), secretKey('HS256', Buffer.from(secret), { kid: 'k' })),
    ],
  ])('as invalid: %s', async (_, change) => {
    expect(await codeOf(use(change(await issue())))).toBe('invalid_token')
  })

  test('in the order of the checks: each sends a token that the later ones would refuse too', async () => {
    const spent = await issue('alice')
    await use(spent)
    await issue('alice')
    const broken = { iss: 'other', aud: 'other', nbf: start + 999 }
    now = start + 200
    expect(await codeOf(use(resign(spent, broken)))).toBe('invalid_token')
    expect(await codeOf(use(resign(spent, { nbf: start + 999 })))).toBe('invalid_token')
    expect(await codeOf(use(spent))).toBe('token_expired')
    now = start + 1
    expect(await codeOf(use(spent))).toBe('token_replayed')
    const stale = await issue('bob')
    await issue('bob')
    // Its hash differs as well.
    expect(await codeOf(use(resign(stale, { exp: start + 121 })))).toBe('token_stale')
  })
})

describe('settings', () => {
  test('name the issuer, the audience and the lifetime', async () => {
    const env = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', ACCESS_TOKEN_TTL_MINUTES: '0.5' }
    const other = await open({ env })
    expect(claimsOf(await issue('x', other))).toMatchObject({ iss: 'i', aud: 'a' })
    expect((await other.post('/request-token', { form: { user_id: 'x' } })).text).toContain('"expires_in":30}')
  })

  test('give a token under a minute its whole life', async () => {
    const other = await open({ tokenTtlSeconds: 1 })
    const token = await issue('x', other)
    now += 0.999
    expect(await codeOf(use(token, other))).toBe('granted')
  })

  const refused: [env: Record<string, string>, message: RegExp][] = [
    [{ JWT_SECRET_KEY: 'change-me-in-production' }, /^JWT_SECRET_KEY has 23 bytes.* Make one: /],
  ]
  for (const minutes of ['0', '-1', 'two', '', '1e3', 'Infinity', '99999']) {
    refused.push([{ ACCESS_TOKEN_TTL_MINUTES: minutes }, /^ACCESS_TOKEN_TTL_MINUTES is no number/])
  }
  test.each(refused)('%j are refused', async (env, message) => {
    await expect(startOneTimeServer({ env })).rejects.toThrow(message)
  })

  test('without a secret make one, with a warning', async () => {
    const server = await startOneTimeServer({ env: {} })
    servers.push(server)
    expect(server.warnings).toEqual([expect.stringMatching(/^JWT_SECRET_KEY is not set/)])
  })

  test('name a Redis by its address', async () => {
    await expect(startOneTimeServer({ env: {}, extra: { redis: 'localhost' } })).rejects.toThrow(/^--redis/)
  })
})
