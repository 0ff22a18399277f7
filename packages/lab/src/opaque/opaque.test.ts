import { afterEach, describe, expect, test } from 'vitest'

import type { RunningServer } from '../running-server.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import { runOpaqueClient } from './client.ts'
import { startOpaqueServer } from './server.ts'
import { createSessions } from './sessions.ts'

const servers: RunningServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function setUp() {
  const server = await startOpaqueServer({})
  servers.push(server)
  const { get, post } = createHttpClient(server.url)
  const answer = async (path: string, form: Readonly<Record<string, string>>) => {
    const { status, text } = await post(path, { form })
    return { status, text }
  }
  const logIn = async (id: string) => textMember(await post('/login', { form: { id } }), 'token') ?? ''
  return { url: server.url, get, post, answer, logIn }
}

const invalidToken = { status: 401, text: '{"error":"Invalid token"}' }

describe('the wire of opaque', () => {
  test('says that it runs', async () => {
    const { get } = await setUp()
    const reply = await get('/')
    expect(reply).toMatchObject({ status: 200, text: 'Authentication server running' })
    expect(reply.headers['content-type']).toMatch(/^text\/plain/)
  })

  test('a login buys a token of 32 lower-case hex digits', async () => {
    const { answer, post } = await setUp()
    const { status, text } = await answer('/login', { id: 'user@email.com' })
    expect(status).toBe(200)
    expect(text).toMatch(/^\{"message":"Login successful","token":"[0-9a-f]{32}"\}$/)
    const headers = { 'Content-Type': 'application/json' }
    expect(await post('/login', { headers, body: '{"id":"a"}' })).toMatchObject({ status: 200 })
  })

  test.each([
    ['no id', {}, 'Missing id'],
    ['an empty one', { id: '' }, 'Missing id'],
    ['255 characters', { id: 'x'.repeat(255) }, 'Invalid id'],
    ['a control character', { id: 'a\u0085' }, 'Invalid id'],
  ])('refuses a login with %s', async (_, form, error) => {
    const { answer } = await setUp()
    expect(await answer('/login', form)).toEqual({ status: 400, text: JSON.stringify({ error }) })
  })

  test('accepts an id of 254 characters, whatever they take in bytes', async () => {
    const { answer } = await setUp()
    expect(await answer('/login', { id: '😀'.repeat(254) })).toMatchObject({ status: 200 })
  })

  test('echoes to whoever has the token', async () => {
    const { answer, logIn } = await setUp()
    const token = await logIn('alice')
    expect(await answer('/echo', { id: 'alice', token, text: 'héllo <b>' })).toEqual({
      status: 200,
      text: 'You said: héllo <b>',
    })
    for (const form of [
      { id: 'alice', token },
      { id: 'alice', token, text: '' },
    ]) {
      expect(await answer('/echo', form)).toEqual({ status: 400, text: '{"error":"Missing text"}' })
    }
  })

  test("refuses a token that is missing, unknown or another id's, before it looks at the text", async () => {
    const { answer, logIn } = await setUp()
    const token = await logIn('alice')
    await logIn('bob')
    for (const form of [
      {},
      { id: 'alice' },
      { id: 'alice', token: '' },
      { id: 'alice', token: '0'.repeat(32) },
      { id: 'alice', token: token.toUpperCase().replace(/^\d*$/, 'x') },
      { id: 'bob', token },
      { id: 'Alice', token },
      { token },
    ]) {
      expect(await answer('/echo', form)).toEqual(invalidToken)
    }
  })

  test('takes no field from the query, no field twice and none that is not a text', async () => {
    const { answer, logIn, post } = await setUp()
    const token = await logIn('alice')
    expect(await answer(`/echo?id=alice&token=${token}`, { text: 'a' })).toEqual(invalidToken)
    const headers = { 'Content-Type': 'application/json' }
    for (const [body, error] of [
      [`{"id":"bob","id":"alice","token":"${token}","text":"a"}`, "Duplicate field 'id'"],
      [`{"id":["alice"],"token":"${token}","text":"a"}`, 'Malformed message'],
    ] as const) {
      expect(await post('/echo', { headers, body })).toMatchObject({ status: 400, text: JSON.stringify({ error }) })
    }
  })

  test('its client prints the four tests of the source', async () => {
    const { url } = await setUp()
    const lines: string[] = []
    await runOpaqueClient(url, { report: () => undefined, print: (line) => lines.push(line) })
    expect(lines.join('\n').replace(/[0-9a-f]{32}/, 'TOKEN')).toBe(`Test 1: Basic server connection
Status code: 200
Response: Authentication server running

Test 2: Login attempt
Status code: 200
Response: {"message":"Login successful","token":"TOKEN"}

Test 3: Protected request with valid token
Status code: 200
Response: You said: Hello from authenticated user!

Test 4: Protected request with invalid token
Status code: 401
Response: {"error":"Invalid token"}
`)
  })
})

describe('sessions', () => {
  test('ten of an id live; the eleventh ends the oldest', () => {
    const sessions = createSessions()
    const tokens = Array.from({ length: 11 }, () => sessions.open('alice'))
    expect(tokens.map((token) => sessions.isOpen('alice', token))).toEqual([false, ...Array<boolean>(10).fill(true)])
  })

  test('ten thousand live in all; one more ends the oldest', () => {
    const sessions = createSessions()
    const oldest = sessions.open('first')
    const second = sessions.open('second')
    for (let id = 0; id < 9_999; id++) sessions.open(`user ${id}`)
    expect(sessions.isOpen('first', oldest)).toBe(false)
    expect(sessions.isOpen('second', second)).toBe(true)
  })
})
