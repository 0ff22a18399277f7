/** Hands what the guard found in a request to its handler, beside the framework's own request object. */

import type { Grant } from '../access-token.ts'
import type { Admission } from '../guard.ts'

// Not a WeakMap: for each request, an entry of one costs a tenth of all that a request with an HMAC token does. Nobody sees it who
// lists the request's properties, or prints them.
const key = Symbol('admission')

interface Admitted {
  readonly [key]?: Admission
}

export function setAdmission(request: object, admission: Admission): void {
  Object.defineProperty(request, key, { value: admission, configurable: true })
}

/**
 * Answers the grant of this request: of the object that the framework gave to the handler.
 *
 * @throws {TypeError} if the guard did not let the request through. A route that was left unguarded does not go unnoticed.
 */
export function grantOf(request: object): Grant {
  return admissionOf(request).grant
}

/**
 * Answers the body of this request, where a demand made the guard read it: the very bytes whose signature held, or what
 * was sealed. Empty if there is none.
 *
 * @throws {TypeError} if the guard did not let the request through, or no demand is about its body. A route that took an
 * unverified body for a verified one does not go unnoticed.
 */
export function bodyOf(request: object): Uint8Array {
  const { body } = admissionOf(request)
  if (body === undefined) throw new TypeError('nothing that is demanded on this route is about the body')
  return body
}

function admissionOf(request: object): Admission {
  const admission = (request as Admitted)[key]
  if (admission === undefined) throw new TypeError('no guard stands in front of this route')
  return admission
}
