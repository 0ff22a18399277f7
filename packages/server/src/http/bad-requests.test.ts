import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal, startServer } from './http.fixture.ts'
import type { TestServer } from './http.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.app.close())

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/json' }

interface Case {
  readonly what: string
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly status: number
  readonly code: string
  readonly allow?: string
}

/** For `/oauth` the code is what "error" holds, for the rest what "code" holds. */
const cases: readonly Case[] = [
  { what: 'no such path', path: '/nope', status: 404, code: 'not_found' },
  {
    what: 'no such path with a body',
    path: '/oauth/nope',
    method: 'POST',
    body: 'x',
    status: 404,
    code: 'invalid_request',
  },
  {
    what: 'the wrong method',
    path: '/oauth/echo',
    method: 'PUT',
    body: 'a',
    status: 405,
    code: 'invalid_request',
    allow: 'POST, GET, HEAD',
  },
  {
    what: 'the wrong method',
    path: '/api/items/1?a=1',
    method: 'DELETE',
    status: 405,
    code: 'method_not_allowed',
    allow: 'GET, HEAD',
  },
  { what: 'another spelling of a path', path: '/api/%69tems/1', status: 404, code: 'not_found' },
  { what: 'a slash more', path: '/oauth/echo/', method: 'POST', status: 404, code: 'invalid_request' },
  { what: 'a NUL in the path', path: '/api/items/%00', status: 404, code: 'not_found' },
  { what: 'a broken escape in the path', path: '/api/items/%zz', status: 400, code: 'http_malformed' },
  { what: 'a path member that is too long', path: `/api/items/${'a'.repeat(200)}`, status: 414, code: 'url_too_long' },
  { what: 'a URL that is too long', path: `/api/items/1?a=${'a'.repeat(9000)}`, status: 414, code: 'url_too_long' },
  { what: 'a repeated query parameter', path: '/oauth/echo?a=1&a=2', status: 400, code: 'invalid_request' },
  { what: 'a repeated query parameter', path: '/api/items/1?a=1&a=2', status: 400, code: 'parameter_repeated' },
  { what: 'a broken escape in the query', path: '/api/items/1?a=%', status: 400, code: 'form_malformed' },

  {
    what: 'JSON where a form is due',
    path: '/oauth/echo',
    method: 'POST',
    headers: json,
    body: '{"word":"hi"}',
    status: 415,
    code: 'invalid_request',
  },
  {
    what: 'a form where JSON is due',
    path: '/api/echo',
    method: 'POST',
    headers: form,
    body: 'word=hi',
    status: 415,
    code: 'content_type_unsupported',
  },
  {
    what: 'plain text',
    path: '/api/echo',
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'x',
    status: 415,
    code: 'content_type_unsupported',
  },
  {
    what: 'a content type that is none',
    path: '/oauth/echo',
    method: 'POST',
    headers: { 'content-type': '///' },
    body: 'x',
    status: 415,
    code: 'invalid_request',
  },
  {
    what: 'no content type',
    path: '/oauth/echo',
    method: 'POST',
    headers: {},
    body: Buffer.from('word=hi'),
    status: 415,
    code: 'invalid_request',
  },
  {
    what: 'another charset',
    path: '/oauth/echo',
    method: 'POST',
    headers: { 'content-type': `${form['content-type']}; charset=utf-7` },
    body: 'word=hi',
    status: 415,
    code: 'invalid_request',
  },
  {
    what: 'a compressed body',
    path: '/api/echo',
    method: 'POST',
    headers: { ...json, 'content-encoding': 'gzip' },
    body: '{}',
    status: 415,
    code: 'content_type_unsupported',
  },

  {
    what: 'a body that is too large',
    path: '/oauth/echo',
    method: 'POST',
    headers: form,
    body: `word=${'a'.repeat(300_000)}`,
    status: 413,
    code: 'invalid_request',
  },
  {
    what: 'a body that is too large',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: 'a'.repeat(300_000),
    status: 413,
    code: 'body_too_large',
  },

  {
    what: 'a repeated parameter',
    path: '/oauth/echo',
    method: 'POST',
    headers: form,
    body: 'word=hi&word=ho',
    status: 400,
    code: 'invalid_request',
  },
  {
    what: 'a parameter that is not UTF-8',
    path: '/oauth/echo',
    method: 'POST',
    headers: form,
    body: 'word=%ff%fe',
    status: 400,
    code: 'invalid_request',
  },
  {
    what: 'a NUL',
    path: '/oauth/echo',
    method: 'POST',
    headers: form,
    body: 'word=hi%00',
    status: 400,
    code: 'invalid_request',
  },

  {
    what: 'an empty JSON body',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: '',
    status: 400,
    code: 'json_malformed',
  },
  {
    what: 'JSON that is none',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: '{"word":',
    status: 400,
    code: 'json_malformed',
  },
  {
    what: 'a JSON array',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: '[]',
    status: 400,
    code: 'json_malformed',
  },
  {
    what: 'a repeated JSON member',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: '{"word":"hi","w\\u006frd":"ho"}',
    status: 400,
    code: 'json_malformed',
  },
  {
    what: 'JSON that is not UTF-8',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: Buffer.from('{"word":"\xff"}', 'latin1'),
    status: 400,
    code: 'json_malformed',
  },
  {
    what: 'a JSON depth bomb',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
    status: 400,
    code: 'json_malformed',
  },
  {
    what: '__proto__',
    path: '/api/echo',
    method: 'POST',
    headers: json,
    body: '{"__proto__":{"word":"hi"}}',
    status: 400,
    code: 'json_malformed',
  },
]

describe('refused in the shape of the endpoint', () => {
  for (const { what, path, status, code, allow, ...init } of cases) {
    test(`${init.method ?? 'GET'} ${path.slice(0, 20)}: ${what} → ${status}`, async () => {
      const response = await fetch(server.url + path, init)
      await expectRefusal(path, response.status, Object.fromEntries(response.headers), await response.text(), {
        status,
        code,
      })
      if (allow !== undefined) expect(response.headers.get('allow')).toBe(allow)
    })
  }

  test('the parameter that is repeated is named', async () => {
    const oauth = await fetch(`${server.url}/oauth/echo`, { method: 'POST', headers: form, body: 'word=a&word=b' })
    expect(await oauth.json()).toEqual({ error: 'invalid_request', error_description: 'word must be given once' })
    const api = await fetch(`${server.url}/api/items/1?word=a&word=b`)
    expect(await api.json()).toMatchObject({ errors: [{ field: 'word', rule: 'repeated' }] })
  })
})

test('after all that the server is well, and nothing failed inside', async () => {
  const response = await fetch(`${server.url}/health/ready`)
  expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }])
  expect(server.log.filter((line) => line.includes('"level":"error"'))).toEqual([])
})
