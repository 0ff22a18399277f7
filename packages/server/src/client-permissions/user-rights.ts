/**
 * What roles give to users: a scope of an API that some role grants is for users with such a role only; a scope that no
 * role grants is open to every user. Pure, but for reading the user and the roles.
 *
 * Clients that act for themselves have no roles: they have the scopes that an administrator gave them.
 */

import { formatScope, parseScope } from '@countersign/protocol'
import type { Grant, Role, RoleStore, User, UserStore } from '../store/records.ts'

/** Scopes that begin like this belong to the server's own API: no other API may define them. */
export const ownScopePrefix = 'countersign:'

/** Answers those of the scopes that a user with these roles may have at an API. */
export function permittedScopes(
  scopes: readonly string[],
  audience: string,
  userRoles: readonly string[],
  roles: readonly Role[],
): readonly string[] {
  return scopes.filter((scope) => {
    const granting = roles.filter((role) => grants(role, audience, scope))
    return granting.length === 0 || granting.some(({ name }) => userRoles.includes(name))
  })
}

export interface UserRights {
  /** Space-separated: what the user may have of the scope now. */
  readonly scope: string
  /** The user's roles, those that there are. */
  readonly roles: readonly string[]
}

export interface UserRightsDeps {
  readonly users: Pick<UserStore, 'find'>
  readonly roles: Pick<RoleStore, 'list'>
}

/**
 * Answers what the user of a grant may have now of a scope of its API: roles that were taken away since the sign-in
 * narrow it, and nothing ever widens it.
 */
export async function findUserRights(
  { userId, resource }: Pick<Grant, 'userId' | 'resource'>,
  scope: string,
  { users, roles }: UserRightsDeps,
): Promise<UserRights> {
  if (userId === null) return { scope, roles: [] }
  const user = await users.find(userId)
  // Deleted since: its grants are dead, and whatever is made of this is never issued.
  if (user === undefined) return { scope: '', roles: [] }
  return userRights(user, resource, scope, { roles })
}

/** As `findUserRights`, of a user who is known. */
export async function userRights(
  user: User,
  resource: string | null,
  scope: string,
  { roles }: Pick<UserRightsDeps, 'roles'>,
): Promise<UserRights> {
  // No role grants anything at the issuer itself.
  if (resource === null && user.roles.length === 0) return { scope, roles: [] }
  const known = await roles.list()
  return {
    scope: resource === null ? scope : formatScope(permittedScopes(parseScope(scope), resource, user.roles, known)),
    // A role that was deleted is none any more, though users keep its name.
    roles: user.roles.filter((name) => known.some((role) => role.name === name)),
  }
}

function grants(role: Role, audience: string, scope: string): boolean {
  return Object.hasOwn(role.scopes, audience) && role.scopes[audience]?.includes(scope) === true
}
