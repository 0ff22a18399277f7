/** Gives a user another password: rules, hash, store, which ends all their sign-ins. Who may ask for it is left to the caller. */

import { makeEvent } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { FieldProblem } from '../http/problem.ts'
import type { User, UserStore } from '../store/records.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { checkPassword } from './password-rules.ts'

export interface PasswordChangeDeps {
  readonly users: Pick<UserStore, 'changePassword'>
  readonly hasher: PasswordHasher
  readonly clock: Clock
}

export type PasswordChange =
  | { readonly status: 'changed' }
  | { readonly status: 'invalid'; readonly problems: readonly FieldProblem[] }
  /** The user was deleted meanwhile. */
  | { readonly status: 'unknown' }

/**
 * Changes the password if the rules are met. Every grant of the user is revoked by then, and no sign-in with the old
 * password that is under way gets one.
 *
 * @param actor as the audit trail names it.
 * @throws {HashingBusyError} if too many passwords wait to be hashed.
 */
export async function changePassword(
  { users, hasher, clock }: PasswordChangeDeps,
  user: User,
  password: string,
  actor: string,
): Promise<PasswordChange> {
  const problem = await checkPassword(password, user)
  if (problem !== undefined) return { status: 'invalid', problems: [problem] }
  const passwordHash = await hasher.hash(password)
  const event = makeEvent(clock, { type: 'user.password_changed', actor, userId: user.id })
  return { status: (await users.changePassword(user.id, passwordHash, event.at, event)) ? 'changed' : 'unknown' }
}
