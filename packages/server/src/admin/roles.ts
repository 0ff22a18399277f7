/** Creates and deletes roles: what some users may do at APIs, and others not. What follows from a role: `client-permissions/`. */

import { makeEvent } from '../audit/audit.ts'
import type { FieldProblem } from '../http/problem.ts'
import type { Api, Role, RoleDeletion } from '../store/records.ts'
import { AdminError, invalidOptions } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'

/** As an administrator writes them: every text is checked here. */
export interface RoleOptions {
  readonly name: string
  /** Scopes by the audience of their API. */
  readonly scopes: Readonly<Record<string, readonly string[]>>
}

/** @throws {AdminError} `role_invalid`, `role_taken` */
export async function createRole({ store, clock, actor }: AdministrationDeps, options: RoleOptions): Promise<Role> {
  const problems = [...nameProblems(options.name), ...grantProblems(options.scopes, await store.apis.list())]
  if (problems.length > 0) throw invalidOptions('role_invalid', problems)
  const scopes = Object.fromEntries(
    Object.entries(options.scopes).map(([audience, granted]) => [audience, [...new Set(granted)]]),
  )
  const role: Role = { name: options.name, scopes, createdAt: clock() }
  const event = makeEvent(clock, { type: 'role.created', actor, detail: { role: role.name } })
  if ((await store.roles.insert(role, event)) === 'taken') {
    throw new AdminError('role_taken', `there is a role ${role.name} already: choose another name, or delete it`)
  }
  return role
}

/**
 * Deletes a role. Users keep its name, which gives nothing until there is such a role again.
 *
 * @param scopes `open-unsafe`: also if it is the last role that grants a scope, which every user may have from then on.
 * @throws {AdminError} `role_not_found`, `role_needed`
 */
export async function deleteRole(
  { store, clock, actor }: AdministrationDeps,
  name: string,
  scopes: 'keep-closed' | 'open-unsafe',
): Promise<void> {
  const event = makeEvent(clock, { type: 'role.deleted', actor, detail: { role: name.slice(0, 64) } })
  let deletion: RoleDeletion = 'changed'
  // Again where somebody else has deleted one of the roles meanwhile: they are fewer each time.
  while (deletion === 'changed') {
    const seen = scopes === 'keep-closed' ? await store.roles.list() : []
    checkNothingOpens(name, seen)
    deletion = await store.roles.delete(name, event, seen)
  }
  if (deletion === 'unknown') {
    throw new AdminError('role_not_found', 'there is no role with this name: list the roles to see theirs')
  }
}

function checkNothingOpens(name: string, roles: readonly Role[]): void {
  const opened = onlyGrantedBy(name, roles)
  if (opened.length === 0) return
  const what = opened.join(', ')
  throw new AdminError(
    'role_needed',
    `it is the last role that grants ${what}, which would be open to every user: --open-scopes deletes it anyway`,
  )
}

function onlyGrantedBy(name: string, roles: readonly Role[]): readonly string[] {
  const others = roles.filter((role) => role.name !== name)
  const granted = roles.find((role) => role.name === name)?.scopes ?? {}
  return Object.entries(granted).flatMap(([audience, scopes]) =>
    scopes
      .filter((scope) => !others.some((role) => role.scopes[audience]?.includes(scope)))
      .map((scope) => `${scope} at ${audience}`),
  )
}

/** What is wrong with the names of roles that a user shall have. */
export function unknownRoles(names: readonly string[], roles: readonly Role[]): readonly FieldProblem[] {
  return names
    .filter((name) => !roles.some((role) => role.name === name))
    .map((name) => problem('roles', 'unknown', `there is no role ${JSON.stringify(name)}: create it first`))
}

function nameProblems(name: string): readonly FieldProblem[] {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)
    ? []
    : [problem('name', 'form', 'use 1 to 64 small letters, digits, ".", "_" and "-"')]
}

function grantProblems(scopes: RoleOptions['scopes'], apis: readonly Api[]): readonly FieldProblem[] {
  return Object.entries(scopes).flatMap(([audience, granted]) => {
    const api = apis.find((each) => each.audience === audience)
    if (api === undefined) {
      return [problem('scopes', 'unknown', `there is no API ${JSON.stringify(audience)}: create it first`)]
    }
    if (granted.length === 0) return [problem('scopes', 'required', `name at least one scope of ${audience}`)]
    return granted
      .filter((scope) => !api.scopes.includes(scope))
      .map((scope) => problem('scopes', 'unknown', `${audience} knows no scope ${JSON.stringify(scope)}`))
  })
}

function problem(field: string, rule: string, detail: string): FieldProblem {
  return { field, rule, detail }
}
