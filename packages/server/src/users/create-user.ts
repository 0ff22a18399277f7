/** Creates a user, for registration and administration alike: rules, hash, insert. Who may ask for it is left to them. */

import { makeEvent } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { User, UserStore } from '../store/records.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { checkPassword } from './password-rules.ts'
import type { FieldProblem } from '../http/problem.ts'
import { makeUserId } from './user-id.ts'
import { checkEmail, checkUsername } from './username-rules.ts'

export interface UserCreationDeps {
  readonly users: Pick<UserStore, 'insert'>
  readonly hasher: PasswordHasher
  readonly clock: Clock
}

export interface NewUser {
  readonly username: string
  readonly password: string
  readonly email: string | null
  /** Names of roles that there are. Default none. */
  readonly roles?: readonly string[]
}

/** Who made the user: an actor as the audit trail names it, or nobody but the user, from this address. */
export type UserOrigin = { readonly actor: string } | { readonly selfFrom: string }

export type UserCreation =
  | { readonly status: 'created'; readonly user: User }
  | { readonly status: 'invalid'; readonly problems: readonly FieldProblem[] }
  | { readonly status: 'taken' }

/**
 * Creates a user if the rules for names and passwords are met and the name is free.
 *
 * @throws {HashingBusyError} if too many passwords wait to be hashed.
 */
export async function createUser(deps: UserCreationDeps, input: NewUser, origin: UserOrigin): Promise<UserCreation> {
  const problems = [
    checkUsername(input.username),
    await checkPassword(input.password, input),
    input.email === null ? undefined : checkEmail(input.email),
  ].filter((breach) => breach !== undefined)
  if (problems.length > 0) return { status: 'invalid', problems }

  const id = makeUserId()
  const user: User = {
    id,
    username: input.username,
    email: input.email,
    // Hashed before it is known whether the name is free, so that the time does not tell.
    passwordHash: await deps.hasher.hash(input.password),
    roles: input.roles ?? [],
    createdAt: deps.clock(),
    disabledAt: null,
  }
  const who = 'actor' in origin ? origin : { actor: `user:${id}`, address: origin.selfFrom }
  const outcome = await deps.users.insert(user, makeEvent(deps.clock, { type: 'user.created', userId: id, ...who }))
  return outcome === 'inserted' ? { status: 'created', user } : { status: 'taken' }
}
