/** The guard as a Hono middleware. */

import type { Demands } from '../demands.ts'
import { GuardError } from '../guard-error.ts'
import { fromWebRequest, maxBodyBytes, readChunks } from '../guard-request.ts'
import type { GuardRequest } from '../guard-request.ts'
import type { Admission, Guard, Seal } from '../guard.ts'
import { setAdmission } from './admissions.ts'
import { answerTo } from './answer.ts'
import { fromNodeRequest } from './node-request.ts'
import type { NodeRequest } from './node-request.ts'
import { clearBodyHeaders, sealAnswer, unsealable } from './sealed-answer.ts'

export { bodyOf, grantOf } from './admissions.ts'

/** What the middleware needs of a Hono context. */
export interface GuardedContext {
  readonly req: { raw: Request }
  get res(): Response
  set res(response: Response | undefined)
  /** On Node (`@hono/node-server`), with the request as it came. */
  readonly env: unknown
  header(name: string, value: string): void
}

/**
 * Answers a middleware: `app.get('/orders', guarded(guard, { scope: 'read' }), handler)`. In the handler,
 * `grantOf(context)` answers the grant. To be put last before the handler: a single-use token is spent here.
 *
 * Where a demand is about the body, `bodyOf(context)` answers it, and so do `context.req.json()` and its like. Client
 * certificates are seen on Node only; elsewhere, a mounted app takes proofs for the part of the path that it sees.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guarded(
  guard: Guard,
  demands: Demands = {},
): (context: GuardedContext, next: () => Promise<void>) => Promise<Response | undefined> {
  const admit = guard.forRoute(demands)
  return async (context, next) => {
    let admission: Admission
    try {
      admission = await admit(guardRequest(context))
    } catch (error) {
      return refusal(error)
    }
    const { body, contentType, headers, seal } = admission
    setAdmission(context, admission)
    if (body !== undefined) context.req.raw = withBody(context.req.raw, body, contentType)
    await next()
    if (seal !== undefined) {
      const sealed = await sealWebAnswer(context.res, seal)
      // Else Hono would give it the headers of the clear answer.
      context.res = undefined
      context.res = sealed
    }
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
    return undefined
  }
}

/**
 * What the guard reads: from the web request, and what Node knows better, where it is there. The target as it came: an app
 * that is mounted sees a part of it. The method as it was routed: a middleware may have made another of a header.
 */
function guardRequest({ req, env }: GuardedContext): GuardRequest {
  const request = fromWebRequest(req.raw)
  const incoming = typeof env === 'object' && env !== null && 'incoming' in env ? env.incoming : undefined
  if (typeof incoming !== 'object' || incoming === null || !('rawHeaders' in incoming)) return request
  const { method, readBody } = request
  const fromNode = fromNodeRequest(incoming as NodeRequest)
  return Object.defineProperties(fromNode, { method: { value: method }, readBody: { value: readBody } })
}

function withBody(request: Request, body: Uint8Array, contentType: string | undefined): Request {
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  headers.delete('content-type')
  if (contentType !== undefined) headers.set('content-type', contentType)
  const { method, url, signal } = request
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(url, { method, headers, signal, ...(hasBody && { body: body as Uint8Array<ArrayBuffer> }) })
}

async function sealWebAnswer(response: Response, seal: Seal): Promise<Response> {
  const clear = new Headers(response.headers)
  const headers = new Headers(clear)
  for (const name of [...clearBodyHeaders, 'content-encoding']) headers.delete(name)
  try {
    const { status, body: stream } = response
    const tooLarge = unsealable('larger than what can be sealed')
    const body = stream === null ? new Uint8Array() : await readChunks(stream, maxBodyBytes, tooLarge)
    const contentType = clear.get('content-type') ?? undefined
    const answer = sealAnswer(seal, { status, contentType, contentEncoding: clear.get('content-encoding'), body })
    headers.set('Content-Type', 'application/jose')
    return new Response(answer.body, { status: answer.status, headers })
  } catch (error) {
    // Whatever else went wrong, as with a stream of the handler's: it is no fault of the request.
    const isOurs = error instanceof GuardError && error.code === 'answer_unsealable'
    const { status, headers: own, body } = answerTo(isOurs ? error : unsealable('not sealed'))
    for (const [name, value] of Object.entries(own)) headers.set(name, value)
    return new Response(body, { status, headers })
  }
}

function refusal(error: unknown): Response {
  const { status, headers, body } = answerTo(error)
  return new Response(body, { status, headers })
}
