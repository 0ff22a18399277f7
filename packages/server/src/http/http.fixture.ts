/** A server on a real socket with one route under /oauth and some under /api, and ways to talk to it. */

import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { OAuthError } from '@countersign/protocol'
import { expect } from 'vitest'
import { parseSettings } from '../config/index.ts'
import { StoreError } from '../store/store-error.ts'
import { createHttp, createLogger, ProblemError } from './index.ts'
import type { HttpDeps } from './index.ts'

export interface TestServer {
  readonly app: FastifyInstance
  readonly url: string
  readonly port: number
  /** The log lines so far. */
  readonly log: string[]
  /** Sends bytes as they are and answers what comes back until the connection is closed. */
  readonly raw: (...parts: readonly string[]) => Promise<string>
}

export async function startServer(
  flags: Readonly<Record<string, unknown>> = {},
  deps: Partial<HttpDeps> = {},
  addRoutes: (app: FastifyInstance) => void = () => undefined,
): Promise<TestServer> {
  const settings = parseSettings({ flags: { dev: true, logLevel: 'info', ...flags } })
  const log: string[] = []
  const app = createHttp(settings, {
    isRegisteredOrigin: async (origin) => origin === 'https://app.example',
    checkReady: async () => undefined,
    logger: createLogger(settings, { write: (line) => void log.push(line) }),
    ...deps,
  })
  app.post('/oauth/echo', { config: { cors: 'registered' } }, async ({ body }) => body ?? {})
  app.get('/oauth/echo', async ({ query }) => query)
  app.post('/api/echo', async ({ body }) => body ?? {})
  app.get('/api/items/:id', { config: { cors: 'any' } }, async ({ params, query, ip }) => ({ params, query, ip }))
  app.get('/api/refuse', () =>
    Promise.reject(new ProblemError(409, 'taken', 'that is taken', { headers: { 'x-a': '1' } })),
  )
  app.get('/api/refuse-oauth', () => Promise.reject(new OAuthError('invalid_token', 'no')))
  app.get('/oauth/refuse', () =>
    Promise.reject(new OAuthError('slow_down', 'wait', { headers: { 'retry-after': '3' } })),
  )
  app.get('/oauth/fail', () => Promise.reject(new Error(`secret ${secretToken}`)))
  app.get('/oauth/outage', () => Promise.reject(new StoreError('store_unavailable', 'disk full')))
  app.get('/api/outage', () => Promise.reject(new StoreError('store_busy', 'locked')))
  app.get('/api/fail', () => Promise.reject(new Error(`secret ${secretToken}`)))
  addRoutes(app)
  await app.ready()
  await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve))
  const { port } = app.server.address() as AddressInfo
  return { app, url: `http://127.0.0.1:${port}`, port, log, raw: (...parts) => talk(port, parts) }
}

export const secretToken = `cs_rt_${'x'.repeat(49)}`

function talk(port: number, parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
    for (const part of parts) socket.write(part, 'latin1')
  })
}

/** Every refusal has the shape of its endpoint, the headers of every answer, and nothing of the inside. */
export async function expectRefusal(
  path: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
  expected: { readonly status: number; readonly code: string },
): Promise<void> {
  const body = JSON.parse(text) as Readonly<Record<string, unknown>>
  const oauth = path.startsWith('/oauth')
  expect({ status, code: body[oauth ? 'error' : 'code'] }, text).toEqual(expected)
  expect(headers['content-type']).toMatch(oauth ? /^application\/json/ : /^application\/problem\+json/)
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  if (!oauth) expect(body).toMatchObject({ type: 'about:blank', status: expected.status })
  expect(text).not.toMatch(/node_modules|\.ts:|FST_/)
}
