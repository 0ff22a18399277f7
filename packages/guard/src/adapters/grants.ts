/** Hands the grant of a guarded request to its handler, beside the framework's own request object. */

import type { Grant } from '../access-token.ts'

const grants = new WeakMap<object, Grant>()

export function setGrant(request: object, grant: Grant): void {
  grants.set(request, grant)
}

/**
 * Answers the grant of this request: of the object that the framework gave to the handler.
 *
 * @throws {TypeError} if the guard did not let the request through. A route that was left unguarded does not go unnoticed.
 */
export function grantOf(request: object): Grant {
  const grant = grants.get(request)
  if (grant === undefined) throw new TypeError('no guard stands in front of this route')
  return grant
}
