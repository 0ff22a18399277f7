/** The guard in front of a `node:http` handler. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Grant } from '../access-token.ts'
import { parseDemands } from '../demands.ts'
import type { Demands } from '../demands.ts'
import type { Guard } from '../guard.ts'
import { answerTo } from './answer.ts'

export type GuardedHandler = (request: IncomingMessage, response: ServerResponse, grant: Grant) => unknown

/**
 * Answers a request listener that calls the handler with the grant, or answers the refusal itself. Its promise rejects
 * with what the handler throws.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guarded(
  guard: Guard,
  demands: Demands,
  handler: GuardedHandler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  parseDemands(demands)
  return async (request, response) => {
    const { method = '', url = '', rawHeaders } = request
    let grant: Grant
    try {
      grant = await guard.authenticate({ method, url, rawHeaders }, demands)
    } catch (error) {
      const { status, headers, body } = answerTo(error)
      response.writeHead(status, headers).end(body)
      return
    }
    await handler(request, response, grant)
  }
}
