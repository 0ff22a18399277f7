/** The guard as a Hono middleware. */

import { parseDemands } from '../demands.ts'
import type { Demands } from '../demands.ts'
import type { Guard } from '../guard.ts'
import { answerTo } from './answer.ts'
import { setGrant } from './grants.ts'

export { grantOf } from './grants.ts'

/** What the middleware needs of a Hono context. */
export interface GuardedContext {
  readonly req: { readonly raw: Request }
}

/**
 * Answers a middleware: `app.get('/orders', guarded(guard, { scope: 'read' }), handler)`. In the handler,
 * `grantOf(context)` answers the grant. To be put last before the handler: a single-use token is spent here.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guarded(
  guard: Guard,
  demands: Demands = {},
): (context: GuardedContext, next: () => Promise<void>) => Promise<Response | undefined> {
  parseDemands(demands)
  return async (context, next) => {
    try {
      setGrant(context, await guard.authenticate(context.req.raw, demands))
    } catch (error) {
      const { status, headers, body } = answerTo(error)
      return new Response(body, { status, headers })
    }
    await next()
    return undefined
  }
}
