/**
 * The HTTP of the lab: a table of routes behind strict reading. What a route answers is the system's concern; how a body
 * is read is `http-body.ts`'s.
 *
 * Whatever arrives is answered in one shape, `{"error":…}`, or costs no more than its own connection.
 */

import { Buffer } from 'node:buffer'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { parseFields } from './http-body.ts'
import type { ReadField } from './http-body.ts'
import { HttpRefusal } from './http-refusal.ts'
import { closeHttp, listen } from './listening.ts'

export interface HttpRequest {
  /** A field of the body. The query is never read: it ends in logs and histories. */
  readonly field: ReadField
  /** The header `Authorization`, as it came. */
  readonly authorization: string | undefined
  /** Of the other end. */
  readonly address: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text is sent as it is, anything else as JSON. */
  readonly body: string | object
}

export type HttpRoute = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>

/** By path, then by method: `{ '/login': { POST: login } }`. */
export type HttpRoutes = Readonly<Record<string, Readonly<Partial<Record<'GET' | 'POST', HttpRoute>>>>>

const mostBodyBytes = 64 * 1024
// What is too long is read to its end before it is refused, since the sender reads nothing before; up to here.
const mostDroppedBytes = 16 * 1024 * 1024

/** Listens, on a free port unless the options name one. */
export async function startHttpServer(routes: HttpRoutes, options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0 } = options
  // Requests without `Host` are read like any other: Node would refuse them without a body.
  const limits = { requestTimeout: 30_000, headersTimeout: 30_000, connectionsCheckingInterval: 5_000 }
  const server = createServer({ ...limits, requireHostHeader: false }, (request, response) => {
    void serve(routes, options, request, response)
  })
  server.maxConnections = 256
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    send(response, refusalAnswer(new HttpRefusal(417, 'Expectation failed')))
  })
  server.on('clientError', refuseUnreadable)
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuseUnreadable({}, socket))
  const address = await listen(server, host, port)
  return { url: `http://${address}`, close: () => closeHttp(server) }
}

async function serve(
  routes: HttpRoutes,
  { trace }: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: HttpAnswer
  let body: Buffer = Buffer.alloc(0)
  try {
    const route = findRoute(routes, request)
    checkHeaders(request)
    body = await readBody(request)
    answer = await route({
      field: parseFields(request.headers['content-type'], body),
      authorization: request.headers.authorization,
      address: request.socket.remoteAddress ?? '',
    })
  } catch (error) {
    answer = refusalAnswer(error)
  }
  if (response.destroyed) return
  trace?.({ from: 'client', to: 'server', text: `${requestHead(request)}\n\n${body.toString()}` })
  trace?.({ from: 'server', to: 'client', text: `${answer.status} ${renderBody(answer)}` })
  send(response, answer)
}

function findRoute(routes: HttpRoutes, { method, url = '' }: IncomingMessage): HttpRoute {
  // A target may be absolute (RFC 9112 §3.2.2).
  const [path = ''] = url.replace(/^http:\/\/[^/?]*/i, '').split('?', 1)
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (methods === undefined) throw new HttpRefusal(404, 'Not found')
  const route = method === 'GET' || method === 'POST' ? methods[method] : undefined
  if (route !== undefined) return route
  throw new HttpRefusal(405, 'Method not allowed', { headers: { Allow: Object.keys(methods).join(', ') } })
}

/** Node keeps the first of two, another reader may keep the last. */
function checkHeaders({ rawHeaders }: IncomingMessage): void {
  const found = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization')
  if (found.length > 1) throw new HttpRefusal(400, "Duplicate field 'Authorization'")
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= mostBodyBytes) chunks.push(chunk)
    else chunks.length = 0
    if (bytes > mostDroppedBytes) break
  }
  if (bytes > mostBodyBytes) throw new HttpRefusal(413, 'Message too long')
  return Buffer.concat(chunks)
}

function refusalAnswer(error: unknown): HttpAnswer {
  if (error instanceof HttpRefusal) {
    return { status: error.status, headers: error.headers, body: { error: error.message, ...error.fields } }
  }
  // A client that went away in the middle of its message is told nothing.
  if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
  return { status: 500, body: { error: 'Internal error' } }
}

function renderBody({ body }: HttpAnswer): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  const type = typeof answer.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
  const body = Buffer.from(renderBody(answer))
  response.writeHead(answer.status, {
    'Content-Type': type,
    'Content-Length': body.length,
    // Answers hold tokens.
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...answer.headers,
  })
  response.end(body)
}

/** What Node cannot read as HTTP, it hands over as a bare connection. */
function refuseUnreadable(error: { readonly code?: string }, socket: Duplex): void {
  const [status, text] = unreadable[error.code ?? ''] ?? ['400 Bad Request', 'Malformed message']
  if (!socket.writable) return void socket.destroy()
  const body = JSON.stringify({ error: text })
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`)
}

const unreadable: Readonly<Record<string, readonly [status: string, text: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'Message too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'Incomplete message'],
}

function requestHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1] ?? ''}`] : []))
  return [`${method ?? ''} ${url ?? ''} HTTP/${httpVersion}`, ...lines].join('\n')
}
