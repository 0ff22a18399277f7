import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startCommand } from '../product/start-command.fixture.ts'
import { createProduct } from '../product/system.ts'
import type { LabEvent } from './lab-event.ts'
import { startLabPage } from './page-server.ts'
import type { LabPage } from './page-server.ts'

let page: LabPage

beforeAll(async () => {
  page = await startLabPage({ product: createProduct(startCommand) })
})
afterAll(() => page.close())

type Headers = Readonly<Record<string, string>>

async function send(method: string, path: string, headers: Headers = {}): Promise<IncomingMessage> {
  const sent = request(`${page.url}${path}`, { method, headers, agent: false }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

async function statusOf(method: string, path: string, headers?: Headers): Promise<number | undefined> {
  const response = await send(method, path, headers)
  response.resume()
  return response.statusCode
}

/** Reads the stream until an event is the awaited one. */
async function watchUntil(isAwaited: (event: LabEvent) => boolean): Promise<LabEvent[]> {
  const events: LabEvent[] = []
  const stream = await send('GET', '/events')
  let text = ''
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = JSON.parse(block.replace(/^data: /, '')) as LabEvent
      events.push(event)
      if (isAwaited(event)) return events
    }
  }
  return events
}

const post = (path: string): Promise<number | undefined> => statusOf('POST', path, { Origin: page.url })

describe('who may talk to the lab', () => {
  for (const { host, status } of [
    { host: 'localhost', status: 200 },
    { host: 'localhost:4500', status: 200 },
    { host: '127.0.0.1', status: 200 },
    { host: '[::1]:4500', status: 200 },
    { host: 'rebound.example', status: 421 },
    { host: '127.0.0.1.rebound.example:4500', status: 421 },
    { host: 'localhost.', status: 421 },
  ]) {
    test(`the host "${host}" is answered ${status}`, async () => {
      expect(await statusOf('GET', '/', { Host: host })).toBe(status)
    })
  }

  for (const [what, origin] of [
    ['no origin', undefined],
    ['another origin', 'http://evil.example'],
    ['another port of this machine', 'http://127.0.0.1:5001'],
    ['a sandboxed page', 'null'],
  ] as const) {
    test(`${what} cannot run anything`, async () => {
      const headers: Headers = origin === undefined ? {} : { Origin: origin }
      expect(await statusOf('POST', '/attacks/all', headers)).toBe(403)
      expect(await statusOf('POST', '/client/opaque', headers)).toBe(403)
    })
  }

  test('another origin is not told what happens', async () => {
    expect(await statusOf('GET', '/events', { Origin: 'http://evil.example' })).toBe(403)
  })

  test('a name that resolves elsewhere cannot make itself its own origin', async () => {
    const headers = { Host: 'rebound.example', Origin: 'http://rebound.example' }
    expect(await statusOf('POST', '/attacks/all', headers)).toBe(421)
  })
})

test('what is not there is not found, and other methods are refused', async () => {
  for (const path of ['/constructor', '/__proto__', '/page.ts', '/events/']) {
    expect(await statusOf('GET', path)).toBe(404)
  }
  for (const path of ['/client/product', '/client/nobody', '/attacks/', '/attacks/constructor', '/']) {
    expect(await post(path)).toBe(404)
  }
  expect(await statusOf('DELETE', '/')).toBe(405)
})

test('the page runs its own script only, and nobody frames it', async () => {
  const { headers } = await send('GET', '/')
  const policy = headers['content-security-policy']
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
})

test('a client’s messages are told as they pass, and to whoever comes later', async () => {
  const hasEnded = (event: LabEvent): boolean => event.type === 'ended'
  const seen = watchUntil(hasEnded)
  expect(await post('/client/hmac')).toBe(202)
  const runOfHmac = (await seen).filter(({ type }) => type !== 'caught-up')
  expect(runOfHmac.map(({ type }) => type)).toEqual(['queued', 'started', 'exchange', 'exchange', 'ended'])
  expect(runOfHmac[2]).toMatchObject({
    system: 'hmac',
    exchange: { from: 'client', to: 'server', sent: 'action=init&username=alice&password=123456' },
  })
  const told = await watchUntil(({ type }) => type === 'caught-up')
  expect(told).toEqual([...runOfHmac, { type: 'caught-up' }])
})

test('the attacks on a system are made once at a time, each result as it is measured', async () => {
  const seen = watchUntil((event) => event.type === 'ended' && event.run === 'attacks')
  expect(await post('/attacks/opaque')).toBe(202)
  expect(await post('/attacks/opaque')).toBe(409)
  const results = (await seen).flatMap((event) => (event.type === 'result' ? [event.result] : []))
  expect(results).toHaveLength(26)
  for (const { outcome, expected } of results) expect(outcome).toBe(expected)
})

test('a system whose port is taken listens on another, and says so', async () => {
  const second = await startLabPage({ product: createProduct(startCommand) })
  try {
    expect(second.started.map(({ isElsewhere }) => isElsewhere)).toEqual([true, true, true, true, true])
    const text = await (await fetch(second.url)).text()
    expect(text).toContain('because port 5001 was taken')
  } finally {
    await second.close()
  }
})
