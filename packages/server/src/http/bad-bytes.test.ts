import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal, startServer } from './http.fixture.ts'
import type { TestServer } from './http.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer({ requestTimeout: '1' })
})
afterAll(() => server.app.close())

describe('refused on the socket', () => {
  const post = (path: string, ...headers: string[]) =>
    [`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/x-www-form-urlencoded', ...headers, '', ''].join(
      '\r\n',
    )
  const get = (...headers: string[]) =>
    ['GET /oauth/echo HTTP/1.1', 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n')

  for (const { what, path, parts, status, code } of [
    { what: 'no HTTP at all', path: '/', parts: ['hello\r\n\r\n'], status: 400, code: 'http_malformed' },
    {
      what: 'TLS on a plain port',
      path: '/',
      parts: ['\x16\x03\x01\x02\x00\x01'],
      status: 400,
      code: 'http_malformed',
    },
    {
      what: 'headers that are too large',
      path: '/',
      parts: [get(`X: ${'a'.repeat(20_000)}`)],
      status: 431,
      code: 'headers_too_large',
    },
    {
      what: 'headers that never end',
      path: '/',
      parts: ['GET / HTTP/1.1\r\nHost: x\r\n'],
      status: 408,
      code: 'request_timeout',
    },
    {
      what: 'a body that never ends',
      path: '/oauth/echo',
      parts: [post('/oauth/echo', 'Content-Length: 10'), 'word'],
      status: 408,
      code: 'invalid_request',
    },
    {
      what: 'a body that never ends',
      path: '/api/echo',
      parts: [post('/api/echo', 'Content-Length: 10'), 'word'],
      status: 408,
      code: 'request_timeout',
    },
    {
      what: 'chunks that are too many',
      path: '/oauth/echo',
      parts: [
        post('/oauth/echo', 'Transfer-Encoding: chunked', 'Connection: close'),
        `20000\r\n${'a'.repeat(0x20000)}\r\n0\r\n\r\n`,
      ],
      status: 413,
      code: 'invalid_request',
    },
    {
      what: 'chunks that are none',
      path: '/oauth/echo',
      parts: [post('/oauth/echo', 'Transfer-Encoding: chunked'), 'zz\r\n'],
      status: 400,
      code: 'invalid_request',
    },
    {
      what: 'two lengths',
      path: '/',
      parts: [post('/oauth/echo', 'Content-Length: 1', 'Content-Length: 2')],
      status: 400,
      code: 'http_malformed',
    },
    {
      what: 'a length and chunks',
      path: '/',
      parts: [post('/oauth/echo', 'Content-Length: 1', 'Transfer-Encoding: chunked')],
      status: 400,
      code: 'http_malformed',
    },
    {
      what: 'two Authorization headers',
      path: '/oauth/echo',
      parts: [get('Authorization: Bearer a', 'authorization: Bearer b')],
      status: 400,
      code: 'invalid_request',
    },
    {
      what: 'no Host',
      path: '/oauth/echo',
      parts: ['GET /oauth/echo HTTP/1.1\r\nConnection: close\r\n\r\n'],
      status: 400,
      code: 'invalid_request',
    },
    {
      what: 'no version',
      path: '/health/live',
      parts: ['GET /health/live\r\n\r\n'],
      status: 400,
      code: 'http_malformed',
    },
    {
      what: 'an expectation that nobody knows',
      path: '/oauth/echo',
      parts: [get('Expect: a-miracle')],
      status: 417,
      code: 'invalid_request',
    },
    {
      what: 'two Origin headers',
      path: '/oauth/echo',
      parts: [get('Origin: https://a', 'Origin: https://b')],
      status: 400,
      code: 'invalid_request',
    },
  ]) {
    test(`${what} → ${status}`, async () => {
      const [head = '', body = ''] = (await server.raw(...parts)).split('\r\n\r\n')
      const [line = '', ...lines] = head.split('\r\n')
      const headers = Object.fromEntries(
        lines.map((one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 2)]),
      )
      await expectRefusal(path, Number(line.split(' ')[1]), headers, body, { status, code })
    })
  }

  for (const { surface, type, body, status } of [
    { surface: 'oauth', type: 'application/x-www-form-urlencoded', body: 'a=b', status: 200 },
    { surface: 'oauth', type: 'application/json', body: '{"a":{}}', status: 415 },
    { surface: 'api', type: 'application/json', body: '{"a":"b"}', status: 200 },
    { surface: 'api', type: 'application/x-www-form-urlencoded', body: 'a=b', status: 415 },
  ]) {
    test(`the absolute form of a URL changes nothing: ${type} under /${surface} → ${status}`, async () => {
      const head = [`POST http://other.example/${surface}/echo HTTP/1.1`, 'Host: x', 'Connection: close']
      const sizes = [`Content-Type: ${type}`, `Content-Length: ${body.length}`, '', '']
      const answer = await server.raw([...head, ...sizes].join('\r\n'), body)
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      if (status === 415) expect(answer).toMatch(surface === 'oauth' ? /"error":"invalid_request"/ : /problem\+json/)
    })
  }
})

test('after all that the server is well, and nothing failed inside', async () => {
  const response = await fetch(`${server.url}/health/ready`)
  expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }])
  expect(server.log.filter((line) => line.includes('"level":"error"'))).toEqual([])
})
