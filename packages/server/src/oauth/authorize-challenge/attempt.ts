/**
 * One request of a sign-in: what it is for, how often that sign-in has failed, and the refusals that lead on to the next
 * request. The rules of sessions lie in `auth-sessions.ts`.
 */

import { OAuthError } from '@countersign/protocol'
import type { OAuthErrorCode } from '@countersign/protocol'
import type { AuditEvent } from '../../store/records.ts'
import { openAuthSession, takeAuthSession } from './auth-sessions.ts'
import type { AuthorizeChallengeDeps } from './authorize-challenge-deps.ts'
import type { RequestedGrant } from './challenge-request.ts'

export interface Attempt {
  readonly requested: RequestedGrant
  readonly failures: number
  /** Whether the client holds a session that it will go on with. */
  readonly hasSession: boolean
}

/** @throws {OAuthError} `invalid_session`, see `takeAuthSession`. */
export async function takeAttempt(
  handle: string | undefined,
  requested: RequestedGrant,
  { authSessions, clock }: AuthorizeChallengeDeps,
): Promise<Attempt> {
  if (handle === undefined) return { requested, failures: 0, hasSession: false }
  return { requested, failures: await takeAuthSession(handle, requested, authSessions, clock()), hasSession: true }
}

/** The attempt as it goes on after a failure. */
export function failed(attempt: Attempt): Attempt {
  return { ...attempt, failures: attempt.failures + 1 }
}

export interface RefusalOptions {
  /** More members of the answer. */
  readonly fields?: Readonly<Record<string, unknown>>
  readonly event?: AuditEvent | undefined
}

/** A refusal that the client may follow up, with a new handle in place of the one that is spent. */
export async function refuse(
  code: OAuthErrorCode,
  description: string,
  { requested, failures }: Attempt,
  { authSessions, clock, lifetimes }: AuthorizeChallengeDeps,
  { fields = {}, event }: RefusalOptions = {},
): Promise<OAuthError> {
  const expiresAt = clock() + lifetimes.authSessionLifetimeSeconds
  const handle = await openAuthSession(requested, failures, authSessions, expiresAt, event ?? null)
  return new OAuthError(code, description, { fields: { ...fields, auth_session: handle } })
}

/** A refusal for now. It opens no session where there was none: turning a flood away costs no write. */
export async function postpone(
  code: OAuthErrorCode,
  description: string,
  attempt: Attempt,
  deps: AuthorizeChallengeDeps,
  retryAfterSeconds: number,
): Promise<OAuthError> {
  const { fields } = attempt.hasSession ? await refuse(code, description, attempt, deps) : { fields: {} }
  return new OAuthError(code, description, { fields, headers: { 'retry-after': String(retryAfterSeconds) } })
}
