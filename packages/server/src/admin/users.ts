/** Creates, changes, signs out, disables, enables and deletes users for an administrator, who knows them by name. */

import { makeEvent } from '../audit/audit.ts'
import type { User } from '../store/records.ts'
import { changePassword, createUser as createCheckedUser } from '../users/index.ts'
import { AdminError, invalidOptions } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { unknownRoles } from './roles.ts'

export interface UserOptions {
  readonly username: string
  readonly password: string
  readonly email?: string
  /** Names of roles that there are. */
  readonly roles?: readonly string[]
}

/** @throws {AdminError} `user_invalid`, `username_taken` */
export async function createUser(deps: AdministrationDeps, options: UserOptions): Promise<User> {
  const { store, hasher, clock, actor } = deps
  const roles = await checkRoles(deps, options.roles ?? [])
  const user = { ...options, email: options.email ?? null, roles }
  const creation = await createCheckedUser({ users: store.users, hasher, clock }, user, { actor })
  if (creation.status === 'created') return creation.user
  if (creation.status === 'invalid') throw invalidOptions('user_invalid', creation.problems)
  throw new AdminError('username_taken', 'another user has this name: choose another one')
}

/**
 * Gives the user another password, which signs them out everywhere.
 *
 * @throws {AdminError} `user_not_found`, `user_invalid`
 */
export async function setPassword(deps: AdministrationDeps, username: string, password: string): Promise<User> {
  const { store, hasher, clock, actor } = deps
  const user = await findUser(deps, username)
  const change = await changePassword({ users: store.users, hasher, clock }, user, password, actor)
  if (change.status === 'invalid') throw invalidOptions('user_invalid', change.problems)
  if (change.status === 'unknown') throw notFound()
  return user
}

/**
 * Signs the user out everywhere: every grant of theirs is revoked. Answers how many there were.
 *
 * @throws {AdminError} `user_not_found`
 */
export async function signOut(deps: AdministrationDeps, username: string): Promise<number> {
  const user = await findUser(deps, username)
  return deps.store.grants.revokeAll({ userId: user.id }, deps.clock(), userEvent(deps, 'user.signed_out', user))
}

/**
 * Answers the user as it is now, with these roles and no others.
 *
 * @throws {AdminError} `user_not_found`, `user_invalid`
 */
export async function setRoles(deps: AdministrationDeps, username: string, names: readonly string[]): Promise<User> {
  const user = await findUser(deps, username)
  const roles = await checkRoles(deps, names)
  const event = makeEvent(deps.clock, { type: 'user.roles_set', actor: deps.actor, userId: user.id, detail: { roles } })
  if (!(await deps.store.users.setRoles(user.id, roles, event))) throw notFound()
  return { ...user, roles }
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
 * Answers the user as it is now: it may sign in again. What was revoked stays so.
 *
 * @throws {AdminError} `user_not_found`, `user_not_disabled`
 */
export async function enableUser(deps: AdministrationDeps, username: string): Promise<User> {
  const user = await findUser(deps, username)
  if (!(await deps.store.users.enable(user.id, deps.clock(), userEvent(deps, 'user.enabled', user)))) {
    throw new AdminError('user_not_disabled', 'this user is not disabled: nothing was changed')
  }
  return { ...user, disabledAt: null }
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

async function checkRoles({ store }: AdministrationDeps, names: readonly string[]): Promise<readonly string[]> {
  const problems = unknownRoles(names, await store.roles.list())
  if (problems.length > 0) throw invalidOptions('user_invalid', problems)
  return [...new Set(names)]
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
