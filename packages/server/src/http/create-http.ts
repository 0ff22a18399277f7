/**
 * The HTTP server without its routes: limits, strict parsing, error answers, headers, logs, health and metrics.
 *
 * Routes are plugins that `app.ts` registers. They return a value or throw; what is refused here never reaches them.
 */

import { randomUUID } from 'node:crypto'
import { fastify, LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../config/settings-table.ts'
import { addBodyParsers } from './body-parsers.ts'
import { checkMessage } from './check-message.ts'
import { clientErrors } from './client-error.ts'
import { allowOrigin, answerOptions } from './cors.ts'
import type { IsRegisteredOrigin } from './cors.ts'
import { closeGracefully } from './graceful-close.ts'
import { health } from './health.ts'
import { watchPaths } from './known-paths.ts'
import { createLogger } from './logger.ts'
import { parseForm } from './parse-form.ts'
import { ProblemError } from './problem.ts'
import { renderError } from './render-error.ts'
import { securityHeaders } from './security-headers.ts'
import { surfaceOf } from './surface.ts'
import { readTls } from './tls.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The stable code of the refusal that was the answer. */
    refusalCode: string | undefined
  }
}

export type HttpSettings = Pick<
  Settings,
  'issuer' | 'tlsCert' | 'tlsKey' | 'tlsClientCa' | 'trustedProxies' | 'requestTimeoutSeconds' | 'logLevel' | 'metrics'
>

export interface HttpDeps {
  /** Whether some client has registered this browser origin. For routes with `config: { cors: 'registered' }`. */
  readonly isRegisteredOrigin: IsRegisteredOrigin
  /** Rejects while the server cannot do its work. */
  readonly checkReady: () => Promise<void>
  /** Default: JSON lines on standard error, of `settings.logLevel`. */
  readonly logger?: FastifyBaseLogger
}

const maxBodyBytes = 64 * 1024
const maxHeaderBytes = 16 * 1024
const maxUrlLength = 8 * 1024
/** After so many request timeouts without a byte from either side a connection is closed. An answer takes seconds at most. */
const silentTimeouts = 6
/** How long requests may go on after `close()` was called. */
const closeWithinMs = 10_000

/** @throws {SettingsError} if the TLS files cannot be used. */
export function createHttp(settings: HttpSettings, deps: HttpDeps): FastifyInstance {
  const tls = readTls(settings)
  const headers = securityHeaders(tls !== undefined || settings.issuer?.startsWith('https:') === true)
  const broken = clientErrors(headers)
  const timeoutMs = settings.requestTimeoutSeconds * 1000
  const connection = {
    requestTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    // How often connections are looked at. Node's own 30 s would stretch every timeout by as much.
    connectionsCheckingInterval: Math.min(1000, timeoutMs / 2),
    maxHeaderSize: maxHeaderBytes,
    // Node's own refusal has no shape: `checkMessage` refuses instead.
    requireHostHeader: false,
  }
  const app: FastifyInstance = fastify({
    ...(tls === undefined ? { http: connection } : { https: { ...connection, ...tls } }),
    requestTimeout: timeoutMs,
    // Node times requests, not connections: one that never sends a byte would stay for ever.
    connectionTimeout: silentTimeouts * timeoutMs,
    bodyLimit: maxBodyBytes,
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    genReqId: () => randomUUID(),
    loggerInstance: deps.logger ?? createLogger(settings),
    logController: new LogController({ disableRequestLogging: true }),
    // While closing, requests on open connections are answered as ever: those in flight finish.
    return503OnClosing: false,
    clientErrorHandler: broken.handle,
    frameworkErrors: (error, request, reply) => {
      void reply.headers(headers)
      sendError(error, request, reply)
    },
    // A throw in Fastify's own call of this is answered by nobody: queries are parsed in `onRequest`, below.
    routerOptions: { querystringParser: () => ({}) },
    // Routes check what they are sent themselves: the compilers of schemas cost 5 MiB and a tenth of the start.
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
  })

  const findPath = watchPaths(app)

  addBodyParsers(app)
  broken.watch(app.server)
  // Node's own refusal has no shape: `checkMessage` refuses instead.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  closeGracefully(app, { tls: tls !== undefined, withinMs: closeWithinMs })
  app.setErrorHandler(sendError)
  // Paths and methods are judged before the body is read; this only makes the hooks run for unknown paths too.
  app.setNotFoundHandler(() => Promise.reject(new ProblemError(404, 'not_found', 'there is nothing at this path')))
  app.decorateRequest('refusalCode', undefined)

  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers).header('x-request-id', request.id)
    checkMessage(request.raw)
    if (request.url.length > maxUrlLength) throw new ProblemError(414, 'url_too_long', 'the URL is too long')
    const path = findPath(request.url)
    if (path === undefined) throw new ProblemError(404, 'not_found', 'there is nothing at this path')
    if (request.is404) {
      if (request.method === 'OPTIONS') return answerOptions(request, reply, path, deps.isRegisteredOrigin)
      throw new ProblemError(405, 'method_not_allowed', 'this endpoint does not take this method', {
        headers: { allow: [...path.methods].join(', ') },
      })
    }
    await allowOrigin(request, reply, path.cors, deps.isRegisteredOrigin)
    // Before a byte of it is read, so that the rest can be drained and the answer arrives.
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
      throw new ProblemError(413, 'body_too_large', 'the body is too large')
    }
    const query = request.url.indexOf('?')
    request.query = query === -1 ? {} : parseForm(request.url.slice(query + 1))
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, ip, refusalCode } = request
    const route = request.routeOptions.url ?? 'unknown'
    const facts = {
      method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ip,
      refusal: refusalCode,
    }
    request.log[route.startsWith('/health/') ? 'debug' : 'info'](facts, 'answered')
  })
  // Loaded only where it is used: it costs start-up time and memory.
  if (settings.metrics === 'on') void app.register(import('./metrics.ts').then(({ metrics }) => ({ default: metrics })))
  void app.register(health, { checkReady: deps.checkReady })
  return app
}

function refuseSchemas(): never {
  throw new TypeError('a route has a schema, and this server has no compiler for it')
}

function sendError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, contentType, body, code, failure } = renderError(error, surfaceOf(request.url))
  // A client that went away in the middle of its body makes an error too, but not one of ours.
  if (failure && request.raw.complete) request.log.error({ err: error }, 'the request failed')
  request.refusalCode = code
  // Fastify closes the connection on an error in a body; the answer would be lost with it if the client is still sending.
  void reply.removeHeader('connection')
  void reply.code(status).headers(headers).type(contentType).send(JSON.stringify(body))
}
