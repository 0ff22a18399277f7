import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { selfSigned } from '../client-authentication/certificate.fixture.ts'
import { secretToken, startServer } from './http.fixture.ts'
import { readClientAuthorities } from './tls.ts'
import type { TestServer } from './http.fixture.ts'

let server: TestServer | undefined

afterEach(() => server?.app.close())

async function start(...args: Parameters<typeof startServer>): Promise<TestServer> {
  server = await startServer(...args)
  return server
}

describe('errors', () => {
  for (const { path, status, body } of [
    { path: '/oauth/refuse', status: 429, body: { error: 'slow_down', error_description: 'wait' } },
    { path: '/oauth/fail', status: 500, body: { error: 'server_error' } },
    {
      path: '/oauth/outage',
      status: 503,
      body: { error: 'temporarily_unavailable', error_description: 'the server cannot do this now' },
    },
    {
      path: '/api/outage',
      status: 503,
      body: {
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        code: 'temporarily_unavailable',
        detail: 'the server cannot do this now',
      },
    },
    {
      path: '/api/refuse',
      status: 409,
      body: { type: 'about:blank', title: 'Conflict', status: 409, code: 'taken', detail: 'that is taken' },
    },
    {
      path: '/api/refuse-oauth',
      status: 401,
      body: { type: 'about:blank', title: 'Unauthorized', status: 401, code: 'invalid_token', detail: 'no' },
    },
    {
      path: '/api/fail',
      status: 500,
      body: { type: 'about:blank', title: 'Internal Server Error', status: 500, code: 'server_error' },
    },
  ]) {
    test(`${path} is answered in its shape`, async () => {
      const { url } = await start()
      const response = await fetch(url + path)
      expect([response.status, await response.json()]).toEqual([status, body])
    })
  }

  test('carry the headers they were thrown with', async () => {
    const { url } = await start()
    expect((await fetch(`${url}/oauth/refuse`)).headers.get('retry-after')).toBe('3')
    expect((await fetch(`${url}/api/refuse`)).headers.get('x-a')).toBe('1')
  })

  test('that are unexpected are logged under the id that the client sees', async () => {
    const { url, log } = await start()
    const id = (await fetch(`${url}/api/fail`)).headers.get('x-request-id')
    expect(log.filter((line) => line.includes('"level":"error"') && line.includes(String(id)))).toHaveLength(1)
  })
})

describe('logs', () => {
  test('hold neither query, body, credentials nor anything that looks like a token', async () => {
    const { url, log } = await start()
    const headers = { authorization: `Bearer ${secretToken}`, 'content-type': 'application/x-www-form-urlencoded' }
    await fetch(`${url}/oauth/echo?word=queryword`, { headers })
    await fetch(`${url}/oauth/echo`, { method: 'POST', headers, body: 'word=bodyword' })
    await fetch(`${url}/oauth/fail`, { headers })
    await fetch(`${url}/nothing/${secretToken}`)
    const text = log.join('')
    expect(log.length).toBeGreaterThanOrEqual(4)
    expect(text).toContain('"route":"/oauth/echo"')
    expect(text).toContain('cs_rt…')
    for (const secret of [secretToken, 'queryword', 'bodyword']) expect(text).not.toContain(secret)
  })

  test('drop members that hold secrets by name, and mask tokens in any text', async () => {
    const { app, log } = await start()
    app.log.info(
      { password: 'p-1', body: { client_secret: 'p-2' }, a: { b: { access_token: 'p-3' } } },
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.p-4',
    )
    expect(log.join('')).not.toMatch(/p-\d/)
  })
})

describe('CORS', () => {
  const allowed = 'access-control-allow-origin'
  const preflight = async ({ url }: TestServer, path: string, origin: string) =>
    fetch(url + path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })

  test('any origin may read what is for all', async () => {
    const { url } = await start()
    expect((await fetch(`${url}/api/items/1`)).headers.get(allowed)).toBe('*')
  })

  test('a registered origin may read and is named; another is not', async () => {
    const server = await start()
    const post = async (origin: string) => fetch(`${server.url}/oauth/echo`, { method: 'POST', headers: { origin } })
    const known = await post('https://app.example')
    expect([known.headers.get(allowed), known.headers.get('vary')]).toEqual(['https://app.example', 'Origin'])
    expect((await post('https://evil.example')).headers.has(allowed)).toBe(false)
    expect(
      (await preflight(server, '/oauth/echo', 'https://app.example')).headers.get('access-control-allow-methods'),
    ).toContain('POST')
    expect((await preflight(server, '/oauth/echo', 'https://evil.example')).headers.has(allowed)).toBe(false)
  })

  test('a page may send DPoP proofs and read the nonces (RFC 9449 §8)', async () => {
    const server = await start()
    const { headers } = await preflight(server, '/oauth/echo', 'https://app.example')
    expect(headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type, DPoP')
    expect(headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
  })

  test('nobody may read what is for none, and credentials are never allowed', async () => {
    const server = await start()
    const response = await preflight(server, '/api/echo', 'https://app.example')
    expect([response.status, response.headers.has(allowed)]).toEqual([204, false])
    const any = await preflight(server, '/api/items/1', 'https://app.example')
    expect([any.headers.get(allowed), any.headers.has('access-control-allow-credentials')]).toEqual(['*', false])
  })
})

describe('health and metrics', () => {
  test('a server that cannot do its work is alive but not ready, and does not say why', async () => {
    const { url } = await start({}, { checkReady: () => Promise.reject(new Error('disk on fire')) })
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    const ready = await fetch(`${url}/health/ready`)
    expect([ready.status, await ready.text()]).toEqual([503, expect.not.stringContaining('fire')])
  })

  test('requests are counted by route, never by path, and refusals by code', async () => {
    const { url } = await start()
    await fetch(`${url}/api/items/abc`)
    await fetch(`${url}/nothing/abc`)
    await fetch(`${url}/oauth/refuse`)
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain(
      'countersign_http_request_duration_seconds_count{method="GET",route="/api/items/:id",status="200"} 1',
    )
    expect(text).toContain('countersign_http_refusals_total{route="/oauth/refuse",code="slow_down"} 1')
    expect(text).not.toContain('abc')
  })

  test('metrics that are off are not there', async () => {
    const { url } = await start({ metrics: 'off' })
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
  })
})

describe('addresses', () => {
  const ip = async (flags: Record<string, unknown>, forwarded: string) => {
    const { url } = await start(flags)
    const response = await fetch(`${url}/api/items/1`, { headers: { 'x-forwarded-for': forwarded } })
    return ((await response.json()) as { ip: string }).ip
  }
  test('a forwarded address is ignored from strangers', async () => {
    expect(await ip({}, '192.0.2.7')).toBe('127.0.0.1')
  })
  test('a forwarded address is believed from a named proxy, up to the first stranger', async () => {
    expect(await ip({ trustedProxies: '127.0.0.0/8,10.0.0.0/8' }, '203.0.113.1, 192.0.2.7, 10.1.1.1')).toBe('192.0.2.7')
  })
})

describe('connections', () => {
  test('one that is reset in the middle of its request keeps its address', async () => {
    const entered = Promise.withResolvers<undefined>()
    const seen = Promise.withResolvers<string>()
    const { port } = await start({}, {}, (app) => {
      app.get('/api/late', async (request) => {
        entered.resolve(undefined)
        await new Promise((resolve) => request.raw.socket.once('close', resolve))
        seen.resolve(request.ip)
        return {}
      })
    })
    const client = connect(port, '127.0.0.1')
    client.write('GET /api/late HTTP/1.1\r\nHost: x\r\n\r\n')
    await entered.promise
    client.resetAndDestroy()
    expect(await seen.promise).toBe('127.0.0.1')
  })

  test('one on which nothing is ever said is closed', async () => {
    const { port } = await start({ requestTimeout: '1' }, {}, (app) => {
      // A sixtieth of the time that it has.
      app.server.timeout /= 60
    })
    const silent = connect(port, '127.0.0.1')
    await new Promise((resolve) => silent.once('close', resolve))
  })
})

describe('stopping', () => {
  test('a request in flight is answered, idle connections are closed, new ones refused', async () => {
    const entered = Promise.withResolvers<undefined>()
    const release = Promise.withResolvers<undefined>()
    const { app, url, port } = await start({}, {}, (app) => {
      app.get('/api/slow', async () => {
        entered.resolve(undefined)
        await release.promise
        return { done: true }
      })
    })
    const idle = connect(port, '127.0.0.1')
    const silent = connect(port, '127.0.0.1')
    idle.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => idle.once('data', resolve))
    const slow = fetch(`${url}/api/slow`)
    await entered.promise
    const idleClosed = new Promise((resolve) => idle.once('close', resolve))
    const silentClosed = new Promise((resolve) => silent.once('close', resolve))
    const closed = app.close()
    await Promise.all([idleClosed, silentClosed])
    await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed')
    release.resolve(undefined)
    const answer = await slow
    expect([answer.status, answer.headers.get('connection'), await answer.json()]).toEqual([
      200,
      'close',
      { done: true },
    ])
    await closed
  })
})

describe('TLS', () => {
  test('speaks it with the files of the settings, and tells browsers to insist on it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
    try {
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
      const { pem, keyPem } = await selfSigned()
      writeFileSync(cert, pem)
      writeFileSync(key, keyPem)
      const { port } = await start({ tlsCert: cert, tlsKey: key })
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ port, host: '127.0.0.1', path: '/health/live', agent: false, rejectUnauthorized: false }, resolve).on(
          'error',
          reject,
        )
      })
      response.resume()
      expect([response.statusCode, response.headers['strict-transport-security']]).toEqual([
        200,
        expect.stringContaining('max-age='),
      ])
      writeFileSync(key, 'no key')
      await expect(startServer({ tlsCert: cert, tlsKey: key })).rejects.toMatchObject({
        code: 'settings_refused',
        problems: [{ name: '--tls-cert' }],
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('authorities of clients that are none are refused by the name of their setting', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-ca-'))
    try {
      const file = join(folder, 'ca.pem')
      for (const text of ['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
        writeFileSync(file, text)
        for (const tlsClientCa of [file, `${file}.missing`]) {
          expect(() => readClientAuthorities({ tlsClientCa })).toThrow(
            expect.objectContaining({
              code: 'settings_refused',
              problems: [expect.objectContaining({ name: '--tls-client-ca' })],
            }),
          )
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('a file that cannot be read is refused by the name of its setting', async () => {
    await expect(startServer({ tlsCert: '/nonexistent', tlsKey: '/nonexistent' })).rejects.toMatchObject({
      code: 'settings_refused',
      problems: [{ name: '--tls-cert' }],
    })
  })
})
