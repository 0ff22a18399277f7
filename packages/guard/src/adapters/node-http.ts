/** The guard in front of a `node:http` handler. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Grant } from '../access-token.ts'
import type { Demands } from '../demands.ts'
import type { Admission, Guard } from '../guard.ts'
import { setAdmission } from './admissions.ts'
import { answerTo } from './answer.ts'
import { fromNodeRequest, setContentType } from './node-request.ts'
import { sealNodeAnswer } from './sealed-answer.ts'

export { bodyOf } from './admissions.ts'

export type GuardedHandler = (request: IncomingMessage, response: ServerResponse, grant: Grant) => unknown

/**
 * Answers a request listener that calls the handler with the grant, or answers the refusal itself. Its promise rejects
 * with what the handler throws. Where a demand is about the body, `bodyOf(request)` answers it.
 *
 * @throws {TypeError} if the demands make no sense.
 */
export function guarded(
  guard: Guard,
  demands: Demands,
  handler: GuardedHandler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const admit = guard.forRoute(demands)
  return async (request, response) => {
    let admission: Admission
    try {
      admission = await admit(fromNodeRequest(request))
    } catch (error) {
      const { status, headers, body } = answerTo(error)
      response.writeHead(status, headers).end(body)
      return
    }
    setAdmission(request, admission)
    if (admission.body !== undefined) setContentType(request, admission.contentType)
    for (const [name, value] of Object.entries(admission.headers)) response.setHeader(name, value)
    if (admission.seal !== undefined) sealNodeAnswer(response, admission.seal)
    await handler(request, response, admission.grant)
  }
}
