/** `GET /oauth/status/{list}` (draft-ietf-oauth-status-list-21 §8.1): public, the same for all, readable from any origin. */

import { statusListMediaType } from '@countersign/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { Clock } from '../../clock.ts'
import { ProblemError } from '../../http/problem.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import type { GrantStore } from '../../store/records.ts'
import { revokedPlaces } from './revoked-places.ts'
import { signedLists } from './signed-lists.ts'

export interface StatusListsDeps {
  readonly issuer: string
  readonly grants: Pick<GrantStore, 'countRevoked' | 'listRevokedIndexes'>
  readonly keys: Pick<KeyRings, 'statusKey'>
  readonly clock: Clock
  /** Seconds that never go back. Default: those of the process. */
  readonly monotonic?: () => number
}

export const statusLists: FastifyPluginAsync<StatusListsDeps> = async (app, deps) => {
  const { issuer, grants, keys, clock, monotonic = () => performance.now() / 1000 } = deps
  const places = revokedPlaces({ grants, clock, monotonic })
  const sign = signedLists({ issuer, keys, clock, places })

  app.get('/oauth/status/:list', { config: { cors: 'any' } }, async (request, reply) => {
    // As it is spelled: a list has one URI.
    const list = /^[^?#]*\/([^?#/]*)/.exec(request.url)?.[1] ?? ''
    const { time } = request.query as { readonly time?: string }
    // §8.4: a list of then, where one of now was all there is, would be believed.
    if (time !== undefined) throw new ProblemError(501, 'not_implemented', 'there are no lists of the past here')
    await places.catchUp()
    if (!/^(?:0|[1-9]\d{0,8})$/.test(list) || Number(list) >= places.lists) {
      throw new ProblemError(404, 'not_found', 'there is no such status list')
    }
    const { text, etag } = await sign(Number(list))
    // A cache on the way may keep it, but asks every time: what it kept would come on top of a guard's own two seconds.
    reply.header('etag', etag).header('cache-control', 'public, no-cache')
    if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
    reply.type(statusListMediaType)
    return text
  })
}

/** @see RFC 9110 §13.1.2 */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return known.includes(etag) || ifNoneMatch?.trim() === '*'
}
