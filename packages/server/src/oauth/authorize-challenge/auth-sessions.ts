/**
 * Auth sessions: what ties the requests of one sign-in together. Each handle is good for one request, and each session
 * for five failures; what it was opened for cannot be changed under way.
 */

import { OAuthError } from '@countersign/protocol'
import { hashToken, makeOpaqueToken, parseOpaqueToken, TokenError } from '@countersign/tokens'
import type { EpochSeconds } from '../../clock.ts'
import type { AuditEvent, AuthSession, AuthSessionStore } from '../../store/records.ts'
import type { RequestedGrant } from './challenge-request.ts'

const maxFailures = 5

/**
 * Spends the handle of a session, whatever follows, and answers how often sign-in has failed in it.
 *
 * @throws {OAuthError} `invalid_session` if it is malformed, unknown, expired or spent, was opened for something else, or
 *   has failed too often.
 */
export async function takeAuthSession(
  handle: string,
  requested: RequestedGrant,
  store: Pick<AuthSessionStore, 'take'>,
  now: EpochSeconds,
): Promise<number> {
  const session = await store.take(hashToken(parseHandle(handle)), now)
  if (session === undefined || !isFor(session, requested) || session.failures >= maxFailures) throw invalidSession()
  return session.failures
}

/** Opens a session, or the successor of one, and answers its handle. */
export async function openAuthSession(
  requested: RequestedGrant,
  failures: number,
  store: Pick<AuthSessionStore, 'insert'>,
  expiresAt: EpochSeconds,
  event: AuditEvent | null,
): Promise<string> {
  const handle = makeOpaqueToken('as')
  await store.insert({ ...requested, hash: hashToken(handle), failures, expiresAt }, event)
  return handle
}

function isFor(session: AuthSession, requested: RequestedGrant): boolean {
  return (
    session.clientId === requested.clientId &&
    session.codeChallenge === requested.codeChallenge &&
    session.scope === requested.scope &&
    session.resource === requested.resource &&
    session.nonce === requested.nonce &&
    session.dpopJkt === requested.dpopJkt
  )
}

function parseHandle(handle: string): string {
  try {
    return parseOpaqueToken(handle, 'as')
  } catch (error) {
    throw error instanceof TokenError ? invalidSession() : error
  }
}

function invalidSession(): OAuthError {
  return new OAuthError('invalid_session', 'the auth_session is not valid for this request: start again without it')
}
