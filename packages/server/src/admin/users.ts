/** Creates, disables and deletes users for an administrator, who knows them by name. */

import { makeEvent } from '../audit/audit.ts'
import type { User } from '../store/records.ts'
import { createUser as createCheckedUser } from '../users/index.ts'
import { AdminError, invalidOptions } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'

export interface UserOptions {
  readonly username: string
  readonly password: string
  readonly email?: string
}

/** @throws {AdminError} `user_invalid`, `username_taken` */
export async function createUser(deps: AdministrationDeps, options: UserOptions): Promise<User> {
  const { store, hasher, clock, actor } = deps
  const user = { ...options, email: options.email ?? null }
  const creation = await createCheckedUser({ users: store.users, hasher, clock }, user, { actor })
  if (creation.status === 'created') return creation.user
  if (creation.status === 'invalid') throw invalidOptions('user_invalid', creation.problems)
  throw new AdminError('username_taken', 'another user has this name: choose another one')
}

/**
 * Answers the user as it is now: nobody signs in with it, and all its grants are revoked.
 *
 * @throws {AdminError} `user_not_found`, `user_already_disabled`
 */
export async function disableUser(deps: AdministrationDeps, username: string): Promise<User> {
  const user = await findUser(deps, username)
  const disabledAt = deps.clock()
  if (!(await deps.store.users.disable(user.id, disabledAt, userEvent(deps, 'user.disabled', user)))) {
    throw new AdminError('user_already_disabled', 'this user is disabled already: nothing was changed')
  }
  return { ...user, disabledAt }
}

/**
 * Answers the user as it was.
 *
 * @throws {AdminError} `user_not_found`
 */
export async function deleteUser(deps: AdministrationDeps, username: string): Promise<User> {
  const user = await findUser(deps, username)
  if (!(await deps.store.users.delete(user.id, deps.clock(), userEvent(deps, 'user.deleted', user)))) throw notFound()
  return user
}

async function findUser({ store }: AdministrationDeps, username: string): Promise<User> {
  const user = await store.users.findByUsername(username)
  if (user === undefined) throw notFound()
  return user
}

function notFound(): AdminError {
  return new AdminError('user_not_found', 'there is no user with this name: list the users to see theirs')
}

function userEvent({ clock, actor }: AdministrationDeps, type: string, { id: userId }: User) {
  return makeEvent(clock, { type, actor, userId })
}
