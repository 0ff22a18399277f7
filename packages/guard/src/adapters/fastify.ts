/** The guard as a Fastify hook. */

import { parseDemands } from '../demands.ts'
import type { Demands } from '../demands.ts'
import type { Guard } from '../guard.ts'
import { answerTo } from './answer.ts'
import { setGrant } from './grants.ts'

export { grantOf } from './grants.ts'

/** What the hook needs of a Fastify request. */
export interface GuardedRequest {
  readonly raw: {
    readonly method?: string | undefined
    readonly url?: string | undefined
    readonly rawHeaders: string[]
  }
}

/** What the hook needs of a Fastify reply. */
export interface GuardedReply {
  code(status: number): this
  headers(headers: Record<string, string>): this
  send(body: unknown): this
}

/**
 * Answers a hook: `app.get('/orders', { preHandler: guarded(guard, { scope: 'read' }) }, handler)`. In the handler,
 * `grantOf(request)` answers the grant. As `preHandler` it comes after the validation of the body, so that a request
 * that is refused for its form does not burn a single-use token.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guarded(
  guard: Guard,
  demands: Demands = {},
): (request: GuardedRequest, reply: GuardedReply) => Promise<unknown> {
  parseDemands(demands)
  return async (request, reply) => {
    const { method = '', url = '', rawHeaders } = request.raw
    try {
      setGrant(request, await guard.authenticate({ method, url, rawHeaders }, demands))
      return undefined
    } catch (error) {
      const { status, headers, body } = answerTo(error)
      return reply.code(status).headers(headers).send(body)
    }
  }
}
