/** Which sessions are this client's, and which of them a request goes with. */

import { ClientError } from '../client-error.ts'
import type { ClientStorage, StoredSession } from '../storage/client-storage.ts'

/** A storage may hold those of other clients and servers, too. */
export async function ownSessions(
  storage: ClientStorage,
  { issuer, clientId }: Pick<StoredSession, 'issuer' | 'clientId'>,
): Promise<readonly StoredSession[]> {
  return (await storage.list()).filter((each) => each.issuer === issuer && each.clientId === clientId)
}

/**
 * Answers the session for `resource`, or else the one whose resource is the longest beginning of the URL, by whole parts
 * of its path. A token is never sent to an origin that it is not for, unless the caller names the resource.
 *
 * @throws {ClientError} `not_signed_in`
 */
export function pickSession(sessions: readonly StoredSession[], url: URL, resource: string | undefined): StoredSession {
  const fitting = sessions.filter((session) =>
    resource === undefined ? isBelow(url, session.resource) : session.resource === resource,
  )
  const [best] = fitting.toSorted((a, b) => b.resource.length - a.resource.length)
  if (best !== undefined) return best
  const mend = 'sign in for its resource, or say which resource to use'
  throw new ClientError('not_signed_in', `nobody is signed in for ${resource ?? url.origin + url.pathname}: ${mend}`)
}

function isBelow(url: URL, resource: string): boolean {
  if (!URL.canParse(resource)) return false
  const { origin, pathname, search } = new URL(resource)
  // URIs that are no web addresses have the origin "null".
  if (origin === 'null' || origin !== url.origin || search !== '') return false
  return `${url.pathname}/`.startsWith(pathname.endsWith('/') ? pathname : `${pathname}/`)
}
