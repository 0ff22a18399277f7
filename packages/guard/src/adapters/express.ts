/** The guard as an Express middleware. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseDemands } from '../demands.ts'
import type { Demands } from '../demands.ts'
import { GuardError } from '../guard-error.ts'
import type { Guard } from '../guard.ts'
import { answerTo } from './answer.ts'
import { setGrant } from './grants.ts'

export { grantOf } from './grants.ts'

/** What the middleware needs of an Express request. */
export interface GuardedRequest extends IncomingMessage {
  /** As it came; `url` lacks the path that a router is mounted on. */
  readonly originalUrl: string
}

/**
 * Answers a middleware: `app.get('/orders', guarded(guard, { scope: 'read' }), handler)`. In the handler,
 * `grantOf(request)` answers the grant. To be put last before the handler: a single-use token is spent here.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guarded(
  guard: Guard,
  demands: Demands = {},
): (request: GuardedRequest, response: ServerResponse, next: (error?: unknown) => void) => Promise<void> {
  parseDemands(demands)
  return async (request, response, next) => {
    const { method = '', originalUrl: url, rawHeaders } = request
    try {
      setGrant(request, await guard.authenticate({ method, url, rawHeaders }, demands))
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
