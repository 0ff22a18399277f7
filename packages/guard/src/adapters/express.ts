/** The guard as an Express middleware. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Demands } from '../demands.ts'
import { GuardError } from '../guard-error.ts'
import type { Guard } from '../guard.ts'
import { setAdmission } from './admissions.ts'
import { answerTo } from './answer.ts'
import { fromNodeRequest, setContentType } from './node-request.ts'
import { sealNodeAnswer } from './sealed-answer.ts'

export { bodyOf, grantOf } from './admissions.ts'

/** What the middleware needs of an Express request. */
export interface GuardedRequest extends IncomingMessage {
  /** As it came; `url` lacks the path that a router is mounted on. */
  readonly originalUrl: string
}

/**
 * Answers a middleware: `app.get('/orders', guarded(guard, { scope: 'read' }), handler)`. In the handler,
 * `grantOf(request)` answers the grant. To be put last before the handler: a single-use token is spent here.
 *
 * Where a demand is about the body, the guard reads it, and `bodyOf(request)` answers it; then no body parser may come
 * before. Otherwise the body is left alone.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guarded(
  guard: Guard,
  demands: Demands = {},
): (request: GuardedRequest, response: ServerResponse, next: (error?: unknown) => void) => Promise<void> {
  const admit = guard.forRoute(demands)
  return async (request, response, next) => {
    try {
      const admission = await admit(fromNodeRequest(request, request.originalUrl))
      setAdmission(request, admission)
      if (admission.body !== undefined) setContentType(request, admission.contentType)
      for (const [name, value] of Object.entries(admission.headers)) response.setHeader(name, value)
      if (admission.seal !== undefined) sealNodeAnswer(response, admission.seal)
    } catch (error) {
      // Express 4 does not look at a middleware's promise: what is thrown here, for an answer given meanwhile too (by a
      // timeout, say), would end the process.
      if (!(error instanceof GuardError) || response.headersSent) return next(error)
      const { status, headers, body } = answerTo(error)
      response.writeHead(status, headers).end(body)
      return
    }
    next()
  }
}
