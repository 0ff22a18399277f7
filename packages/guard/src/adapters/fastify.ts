/** The guard as a Fastify hook, and as the options of a route. */

import { Readable } from 'node:stream'
import { needsBody, parseDemands } from '../demands.ts'
import type { Demands } from '../demands.ts'
import type { Admission, Guard } from '../guard.ts'
import { grantOf, setAdmission } from './admissions.ts'
import { answerTo } from './answer.ts'
import { fromNodeRequest, setContentType } from './node-request.ts'
import type { NodeRequest } from './node-request.ts'
import { sealNodeAnswer } from './sealed-answer.ts'
import type { NodeResponse } from './sealed-answer.ts'

export { bodyOf, grantOf } from './admissions.ts'

/** What the hooks need of a Fastify request. */
export interface GuardedRequest {
  readonly raw: NodeRequest
  /** As it came; Fastify may have rewritten the other. */
  readonly originalUrl: string
}

/** What the hooks need of a Fastify reply. */
export interface GuardedReply {
  readonly raw: NodeResponse
  code(status: number): this
  headers(headers: Record<string, string>): this
  send(body: unknown): this
}

/**
 * Answers a hook: `app.get('/orders', { preHandler: guarded(guard, { scope: 'read' }) }, handler)`. In the handler,
 * `grantOf(request)` answers the grant. As `preHandler` it comes after the validation of the body, so that a request
 * that is refused for its form does not burn a single-use token.
 *
 * @throws {TypeError} if the demands make no sense, or are about the body: they need `guardedRoute`.
 */
export function guarded(
  guard: Guard,
  demands: Demands = {},
): (request: GuardedRequest, reply: GuardedReply) => Promise<unknown> {
  if (needsBody(parseDemands(demands))) throw new TypeError('demands about the body need guardedRoute')
  const admit = guard.forRoute(demands)
  return async (request, reply) => {
    try {
      const admission = await admit(fromNodeRequest(request.raw, request.originalUrl))
      setAdmission(request, admission)
      reply.headers(admission.headers)
      return undefined
    } catch (error) {
      return refuse(reply, error)
    }
  }
}

/** Hooks of a route; to be spread into its options, and none of them replaced. */
export interface GuardedRoute {
  readonly preParsing: (request: GuardedRequest, reply: GuardedReply, payload: Readable) => Promise<unknown>
  readonly preHandler: (request: GuardedRequest) => Promise<void>
}

/**
 * Answers options for a route: `app.post('/orders', { ...guardedRoute(guard, { proof: 'signature' }) }, handler)`. The
 * guard comes before Fastify's parser, and reads the body where a demand is about it: what is parsed is what was signed
 * or sealed, and `bodyOf(request)` answers its bytes. A single-use token is spent before the body is validated.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guardedRoute(guard: Guard, demands: Demands = {}): GuardedRoute {
  const admit = guard.forRoute(demands)
  return {
    async preParsing(request, reply, payload) {
      let admission: Admission
      try {
        admission = await admit(fromNodeRequest(request.raw, request.originalUrl))
      } catch (error) {
        return refuse(reply, error)
      }
      setAdmission(request, admission)
      reply.headers(admission.headers)
      // Below Fastify's own hooks: what a handler writes past them is sealed too.
      if (admission.seal !== undefined) sealNodeAnswer(reply.raw, admission.seal)
      return admission.body === undefined ? payload : replaceBody(request.raw, admission.body, admission.contentType)
    },
    // Should the route have another hook instead of the one above, nothing gets past this.
    async preHandler(request) {
      grantOf(request)
    },
  }
}

/** Gives Fastify's parser the body, described as what it is now. */
function replaceBody(request: NodeRequest, body: Uint8Array, contentType: string | undefined): Readable {
  const { headers } = request
  delete headers['transfer-encoding']
  headers['content-length'] = `${body.byteLength}`
  setContentType(request, contentType)
  return Readable.from([Buffer.from(body)], { objectMode: false })
}

function refuse(reply: GuardedReply, error: unknown): unknown {
  const { status, headers, body } = answerTo(error)
  return reply.code(status).headers(headers).send(body)
}
