/**
 * Answers what never becomes a request (malformed HTTP, headers too large) and requests that never end.
 *
 * Here is only a socket, so the answer is written by hand; then the connection is closed.
 */

import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { ProblemError } from './problem.ts'
import { renderError } from './render-error.ts'
import { statusText } from './status-text.ts'
import { surfaceOf } from './surface.ts'

export interface ClientErrors {
  readonly handle: (this: FastifyInstance, error: ConnectionError, socket: Socket) => void
  /** Remembers what each connection asks for, so that a body that never ends is refused in the endpoint's shape. */
  readonly watch: (server: Server) => void
}

export function clientErrors(headers: Readonly<Record<string, string>>): ClientErrors {
  const latest = new WeakMap<Socket, ServerResponse>()
  return {
    watch: (server) => {
      // Not in a hook: those run later than the parser, which may find the body broken in the same packet.
      server.on('request', ({ socket }, response) => latest.set(socket, response))
    },
    handle(error, socket) {
      const response = latest.get(socket)
      const pending = response !== undefined && !(response.writableFinished && response.req.complete)
      // Bytes of an answer are out already: ours would be taken for a part of it.
      if (error.code !== 'ECONNRESET' && socket.writable && !(pending && response.headersSent)) {
        socket.write(writeAnswer(refusalOf(error.code), pending ? (response.req.url ?? '') : '', headers))
      }
      socket.destroySoon()
    },
  }
}

function refusalOf(code: string): ProblemError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ProblemError(408, 'request_timeout', 'the request took too long to arrive')
  }
  if (code === 'HPE_HEADER_OVERFLOW') return new ProblemError(431, 'headers_too_large', 'the headers are too large')
  return new ProblemError(400, 'http_malformed', 'the request is not well-formed HTTP')
}

function writeAnswer(refusal: ProblemError, url: string, headers: Readonly<Record<string, string>>): string {
  const { status, contentType, body } = renderError(refusal, surfaceOf(url))
  const text = JSON.stringify(body)
  const lines = Object.entries({
    ...headers,
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${statusText(status)}`, ...lines, '', text].join('\r\n')
}
