/** The events that a guard sends, read strictly, and what the audit trail says of them. Pure. */

import { makeEvent } from '../audit/audit.ts'
import type { Clock, EpochSeconds } from '../clock.ts'
import type { FieldProblem } from '../http/problem.ts'
import { longestAudience } from '../store/records.ts'
import type { AuditEvent } from '../store/records.ts'

export interface GuardEvent {
  readonly type: 'refused' | 'replayed' | 'revoked' | 'key_unknown'
  /** When the guard refused. */
  readonly at: EpochSeconds
  /** Of the guard. */
  readonly audience: string
  /** The guard's own code. */
  readonly code?: string
  /** "jti", "sub" and "client_id" of the token. */
  readonly tokenId?: string
  readonly subject?: string
  readonly clientId?: string
  readonly keyId?: string
}

const mostEvents = 100
const mostProblems = 20

type Rule = (value: unknown) => string | undefined

/** Of any audience, and of all else that is a text. */
const visible = new RegExp(`^\\P{C}{1,${longestAudience}}$`, 'u')

const text: Rule = (value) =>
  typeof value === 'string' && visible.test(value)
    ? undefined
    : `must be a text of 1 to ${longestAudience} visible characters`

const members: Readonly<Record<keyof GuardEvent, { readonly required: boolean; readonly rule: Rule }>> = {
  type: {
    required: true,
    rule: (value) =>
      ['refused', 'replayed', 'revoked', 'key_unknown'].includes(value as string)
        ? undefined
        : 'must be refused, replayed, revoked or key_unknown',
  },
  at: {
    required: true,
    // By the clock of the guard, whatever that says: an event is not lost for it. The trail has our time beside it.
    rule: (value) =>
      typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
        ? undefined
        : 'must be a time, in seconds since 1970',
  },
  audience: { required: true, rule: text },
  code: {
    required: false,
    rule: (value) =>
      typeof value === 'string' && /^[a-z\d_]{1,64}$/.test(value) ? undefined : 'must be a code of a guard',
  },
  tokenId: { required: false, rule: text },
  subject: { required: false, rule: text },
  clientId: { required: false, rule: text },
  keyId: { required: false, rule: text },
}

/** Answers the events of a body, or what is wrong with its form. A member that is not known is refused. */
export function readGuardEvents(
  body: unknown,
): { readonly events: readonly GuardEvent[] } | { readonly problems: readonly FieldProblem[] } {
  const { events, ...others } = (body ?? {}) as Readonly<Record<string, unknown>>
  const problems = Object.keys(others).map((name) => problem(name, 'unknown', 'leave out this member'))
  if (!Array.isArray(events)) {
    const rule = events === undefined ? 'required' : 'type'
    return { problems: [...problems, problem('events', rule, 'must be a list of events')] }
  }
  if (events.length === 0 || events.length > mostEvents) {
    return { problems: [...problems, problem('events', 'length', `must be 1 to ${mostEvents} events`)] }
  }
  for (const [index, event] of events.entries()) {
    if (problems.length >= mostProblems) break
    problems.push(...eventProblems(event, `events.${index}`))
  }
  return problems.length > 0 ? { problems: problems.slice(0, mostProblems) } : { events: events as GuardEvent[] }
}

/**
 * Whether the event is worth a line of its own. What anybody can cause without a token that holds is counted, as refusals at
 * the server itself are: a flood at an API must not fill the disk here.
 */
export function isForTheTrail({ type }: GuardEvent): boolean {
  return type === 'replayed' || type === 'revoked'
}

/** What the audit trail says of an event that a client sent. Whose it is, is what that client says. */
export function toAuditEvent(
  event: GuardEvent,
  { reporter, address, clock }: { readonly reporter: string; readonly address: string; readonly clock: Clock },
): AuditEvent {
  const { type, at, audience, code, tokenId, subject = null, clientId = null, keyId } = event
  return makeEvent(clock, {
    type: `guard.${type}`,
    actor: `client:${reporter}`,
    // A client that acts for itself is its own subject.
    userId: subject === clientId ? null : subject,
    clientId,
    address,
    detail: {
      audience,
      refused_at: at,
      ...(code !== undefined && { code }),
      ...(tokenId !== undefined && { token_id: tokenId }),
      ...(keyId !== undefined && { key_id: keyId }),
    },
  })
}

function eventProblems(event: unknown, field: string): readonly FieldProblem[] {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return [problem(field, 'type', 'must be an object')]
  }
  const given = event as Readonly<Record<string, unknown>>
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(members, name))
  return [
    ...unknown.map((name) => problem(`${field}.${name}`, 'unknown', 'leave out this member')),
    ...Object.entries(members).flatMap(([name, { required, rule }]) => {
      const value = given[name]
      if (value === undefined) return required ? [problem(`${field}.${name}`, 'required', 'is missing')] : []
      const detail = rule(value)
      return detail === undefined ? [] : [problem(`${field}.${name}`, 'form', detail)]
    }),
  ]
}

function problem(field: string, rule: string, detail: string): FieldProblem {
  return { field: field.slice(0, 64), rule, detail }
}
