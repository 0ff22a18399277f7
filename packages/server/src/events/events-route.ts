/** `POST /api/events`: the resource server of an API tells what its guard refused. The form: `guard-events.ts`. */

import { createGuard, GuardError } from '@countersign/guard'
import type { ReplayStore } from '@countersign/guard'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { RefusalCounter } from '../audit/refusals.ts'
import type { Clock } from '../clock.ts'
import { toGuardRequest } from '../http/index.ts'
import type { ReadClientCertificate } from '../http/index.ts'
import { ProblemError } from '../http/problem.ts'
import type { KeyRings } from '../keys/key-ring.ts'
import { findLiveGrant } from '../store/live-grant.ts'
import type { AuditStore, Client, ClientStore, GrantStore } from '../store/records.ts'
import { createQuota } from '../throttle/index.ts'
import { isForTheTrail, readGuardEvents, toAuditEvent } from './guard-events.ts'

export interface GuardEventsDeps {
  readonly issuer: string
  readonly audit: Pick<AuditStore, 'appendAll'>
  readonly refusals: Pick<RefusalCounter, 'count'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly grants: Pick<GrantStore, 'find'>
  readonly keys: Pick<KeyRings, 'verificationKeys'>
  readonly replay: ReplayStore
  readonly readCertificate: ReadClientCertificate
  readonly clock: Clock
  /** How many lines of the audit trail one client may write in a minute. Default 600. */
  readonly eventsPerMinute?: number
}

/** What a client needs to be allowed, at the server itself, to tell of events. */
const scope = 'countersign:events'

export const guardEvents: FastifyPluginAsync<GuardEventsDeps> = async (app, deps) => {
  const { issuer, audit, refusals, clients, grants, keys, replay, clock, eventsPerMinute = 600 } = deps
  const { origin } = new URL(issuer)
  const guard = createGuard({ issuer, audience: issuer, origin, keys: () => keys.verificationKeys(), replay, clock })
  app.addHook('onClose', async () => guard.close())
  // An attacker at the API makes the events: what they may write to the disk has an end.
  const take = createQuota({ amount: eventsPerMinute, perSeconds: 60 })

  const findReporter = async (request: FastifyRequest): Promise<Client> => {
    const { claims } = await guard.authenticate(toGuardRequest(request, deps), { scope })
    // The guard verifies offline; here the server is asked about its own grants, and knows better than "exp".
    const grant = await findLiveGrant(claims, { grants, clients })
    const client = grant && (await clients.find(grant.clientId))
    if (grant === undefined || client === undefined) throw new GuardError('token_revoked', 'the token is revoked')
    if (grant.userId !== null || claims['client_id'] !== client.id) {
      throw new ProblemError(403, 'client_token_required', 'events are told by a client for itself')
    }
    return client
  }

  app.post('/api/events', async (request, reply) => {
    const client = await findReporter(request)
    const read = readGuardEvents(request.body)
    if ('problems' in read) {
      throw new ProblemError(400, 'events_invalid', 'the events break a rule', { errors: read.problems })
    }
    const { events } = read
    if (!events.every(({ audience }) => client.serves.includes(audience))) {
      throw new ProblemError(403, 'audience_not_served', 'the client is not the resource server of this audience')
    }
    const told = events.filter(isForTheTrail)
    const seconds = told.length === 0 ? 0 : await take(client.id, told.length)
    if (seconds > 0) {
      const headers = { 'retry-after': String(seconds) }
      throw new ProblemError(429, 'too_many_events', 'too many events come from this client', { headers })
    }
    const from = { reporter: client.id, address: request.ip, clock }
    if (told.length > 0) await audit.appendAll(told.map((event) => toAuditEvent(event, from)))
    for (const event of events) if (!isForTheTrail(event)) refusals.count(`guard.${event.code ?? event.type}`)
    return reply.code(204).send()
  })
}
