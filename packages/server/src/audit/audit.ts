/** Audit events: what they are made of. The store keeps each in the same batch as the act that it tells. */

import type { Clock } from '../clock.ts'
import type { AuditEvent } from '../store/records.ts'
import { makeEventId } from './event-id.ts'

export type { RefusalCounter } from './refusals.ts'

export interface EventFacts {
  /** Dotted, past tense: `token.issued`. */
  readonly type: string
  /** Who acted: `user:<id>`, `client:<id>`, `operator`, `system`. */
  readonly actor: string
  readonly userId?: string | null
  readonly clientId?: string | null
  readonly grantId?: string | null
  readonly address?: string | null
  /** Small, and without secrets. */
  readonly detail?: AuditEvent['detail']
}

/** Makes an event that happens now. */
export function makeEvent(clock: Clock, facts: EventFacts): AuditEvent {
  const at = clock()
  const { type, actor, userId = null, clientId = null, grantId = null, address = null, detail = {} } = facts
  return { id: makeEventId(at), at, type, actor, userId, clientId, grantId, address, detail }
}
