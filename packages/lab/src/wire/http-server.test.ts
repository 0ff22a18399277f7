import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { RunningServer, TraceMessage } from '../running-server.ts'
import { createHttpClient } from './http-client.ts'
import type { HttpClient } from './http-client.ts'
import { HttpRefusal } from './http-refusal.ts'
import { startHttpServer } from './http-server.ts'

const form = 'application/x-www-form-urlencoded'
const json = 'application/json'
const traced: TraceMessage[] = []
let server: RunningServer
let client: HttpClient

beforeAll(async () => {
  server = await startHttpServer(
    {
      '/echo': {
        GET: () => ({ status: 200, body: 'here' }),
        POST: ({ field }) => ({ status: 200, body: { id: field('id') } }),
      },
      '/refuse': {
        GET: () => {
          throw new HttpRefusal(409, 'Taken', { headers: { 'X-Reason': 'test' }, fields: { message: 'more' } })
        },
      },
    },
    { trace: (message) => traced.push(message) },
  )
  client = createHttpClient(server.url)
})

afterAll(() => server.close())

function post(type: string, body: string | Uint8Array): ReturnType<HttpClient['post']> {
  return client.post('/echo', { headers: { 'Content-Type': type }, body })
}

describe('bodies', () => {
  test.each([
    [form, 'id=a%20b+c=d', 'a b c=d'],
    [`${form}; charset=UTF-8`, 'id=%C3%A9', 'é'],
    [form, '&&id=x&', 'x'],
    [json, '{"id":"x","unknown":{"a":[1,2]}}', 'x'],
    ['APPLICATION/JSON;charset="utf-8"', '{"id":"x"}', 'x'],
    [json, '{"a":{"id":1},"b":{"id":2},"id":"x"}', 'x'],
    [json, String.raw`{"id":"\"id\":1,\"id\":2"}`, '"id":1,"id":2'],
  ])('%s %s is read', async (type, body, id) => {
    expect(JSON.parse((await post(type, body)).text)).toEqual({ id })
  })

  const refused: readonly [type: string, body: string | Uint8Array, status: number, error: string][] = [
    [json, '', 400, 'Malformed JSON'],
    [json, '{', 400, 'Malformed JSON'],
    [json, Buffer.from([0x22, 0xff, 0x22]), 400, 'Malformed JSON'],
    [json, '\ufeff{}', 400, 'Malformed JSON'],
    [json, '{"__proto__":{"id":"x"}}', 400, 'Malformed JSON'],
    [json, `{"a":${'['.repeat(33)}${']'.repeat(33)}}`, 400, 'Malformed JSON'],
    [json, String.raw`{"id":"\ud800"}`, 400, 'Malformed JSON'],
    [json, '[]', 400, 'Expected an object'],
    [json, 'null', 400, 'Expected an object'],
    [json, '"id=x"', 400, 'Expected an object'],
    [json, '{"id":1}', 400, 'Malformed message'],
    [json, '{"id":null}', 400, 'Malformed message'],
    [json, '{"id":["x"]}', 400, 'Malformed message'],
    [json, '{"id":"x","id":"x"}', 400, "Duplicate field 'id'"],
    [json, String.raw`{"id":"x","\u0069d":"y"}`, 400, "Duplicate field 'id'"],
    [json, '{"id":"x","deep":[{"a":1,"a":2}]}', 400, "Duplicate field 'a'"],
    [form, 'id=x&i%64=y', 400, "Duplicate field 'id'"],
    [form, 'other&other', 400, "Duplicate field 'other'"],
    [form, `${'a%0A'.repeat(40)}&${'a%0A'.repeat(40)}`, 400, `Duplicate field '${'a?'.repeat(32)}'`],
    [form, 'id=%zz', 400, 'Malformed message'],
    [form, 'id=%ff', 400, 'Malformed message'],
    [form, Buffer.from([0x69, 0x64, 0x3d, 0xff]), 400, 'Malformed message'],
    ['text/plain', 'id=x', 415, 'Unsupported media type'],
    ['multipart/form-data; boundary=x', 'x', 415, 'Unsupported media type'],
    [`${form}; charset=latin1`, 'id=x', 415, 'Unsupported media type'],
    [form, `id=${'x'.repeat(64 * 1024)}`, 413, 'Message too long'],
    [form, 'x'.repeat(1024 * 1024), 413, 'Message too long'],
  ]
  for (const [type, body, status, error] of refused) {
    test(`${JSON.stringify(body.toString().slice(0, 40))} as ${type} is answered ${status} ${error}`, async () => {
      const reply = await post(type, body)
      expect({ status: reply.status, body: JSON.parse(reply.text) }).toEqual({ status, body: { error } })
    })
  }

  test('of 64 KiB are read, without type refused, and empty hold no fields', async () => {
    expect((await post(form, `id=${'x'.repeat(64 * 1024 - 3)}`)).status).toBe(200)
    expect((await client.post('/echo', { body: 'id=x' })).status).toBe(415)
    expect((await client.post('/echo')).text).toBe('{}')
  })

  test('alone give fields: the query does not', async () => {
    expect((await client.post('/echo?id=x', { form: {} })).text).toBe('{}')
  })
})

describe('requests', () => {
  test('to an unknown path are 404, by a wrong method 405 with what is allowed', async () => {
    expect(await client.get('/nowhere')).toMatchObject({ status: 404, text: '{"error":"Not found"}' })
    expect(await client.get('/__proto__')).toMatchObject({ status: 404 })
    expect(await client.post('/refuse')).toMatchObject({ status: 405, headers: { allow: 'GET' } })
    expect(await say('DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1.1 405 [^]*Allow: GET, POST\r\n/)
  })

  test('may name the whole address', async () => {
    expect(await say('GET http://any.example/echo?x HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
  })

  test('with two tokens are refused', async () => {
    const reply = await client.get('/echo', { headers: { Authorization: ['Bearer a', 'Bearer b'] } })
    expect(reply).toMatchObject({ status: 400, text: `{"error":"Duplicate field 'Authorization'"}` })
  })

  test('that a route refuses are answered in its words, and nothing is cached', async () => {
    expect(await client.get('/refuse')).toMatchObject({
      status: 409,
      text: '{"error":"Taken","message":"more"}',
      headers: { 'x-reason': 'test', 'cache-control': 'no-store', 'content-type': 'application/json' },
    })
  })

  test('and their answers are told to the trace', async () => {
    traced.length = 0
    await client.post('/echo', { form: { id: 'traced' } })
    expect(traced.map(({ from, to }) => `${from} ${to}`)).toEqual(['client server', 'server client'])
    expect(traced[0]?.text).toMatch(/^POST \/echo HTTP\/1.1\n[^]*\n\nid=traced$/)
    expect(traced[1]?.text).toBe('200 {"id":"traced"}')
  })
})

describe('what is no HTTP', () => {
  const unreadable: readonly [bytes: string, status: number, error: string][] = [
    ['\x16\x03\x01\x02\x00\x01\r\n\r\n', 400, 'Malformed message'],
    [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431, 'Message too long'],
    ['POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n', 400, 'Malformed message'],
    ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'Malformed message'],
    ['GET /echo HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n', 417, 'Expectation failed'],
  ]
  for (const [bytes, status, error] of unreadable) {
    test(`${JSON.stringify(bytes.slice(0, 30))} is answered ${status}`, async () => {
      const answer = await say(bytes)
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(answer.split('\r\n\r\n')[1]).toBe(JSON.stringify({ error }))
    })
  }

  test('and half a message cost only their own connection', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nid')
    socket.destroy()
    expect((await client.get('/echo')).text).toBe('here')
  })

  test('and two hundred idle connections leave room for others', async () => {
    const sockets = Array.from({ length: 200 }, () => connect(Number(new URL(server.url).port), '127.0.0.1'))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    expect((await client.get('/echo')).text).toBe('here')
    for (const socket of sockets) socket.destroy()
  })
})

/** Sends bytes over a connection of its own; answers what comes back. */
async function say(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(bytes, 'latin1')
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    const [head = '', body] = answer.split('\r\n\r\n')
    if (body !== undefined && body.length >= Number(/Content-Length: (\d+)/i.exec(head)?.[1])) break
  }
  return answer
}
