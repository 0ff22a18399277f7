/** The body of a registration, read strictly. Pure. The rules for names and passwords are `users/`'s. */

import type { FieldProblem } from '../http/problem.ts'
import type { NewUser } from '../users/index.ts'

const members: ReadonlyMap<string, 'required' | 'optional'> = new Map([
  ['username', 'required'],
  ['password', 'required'],
  ['email', 'optional'],
] as const)

/** Answers the new user, or everything that is wrong with the form of the body. A member that is not known is refused. */
export function readRegistration(
  body: unknown,
): { readonly user: NewUser } | { readonly problems: readonly FieldProblem[] } {
  const given = new Map(Object.entries((body ?? {}) as Readonly<Record<string, unknown>>))
  const problems = [
    ...[...given.keys()].filter((field) => !members.has(field)).map(unknownMember),
    ...[...members].flatMap(([field, need]) => memberProblem(field, need, given.get(field))),
  ]
  if (problems.length > 0) return { problems }
  const text = (field: string) => given.get(field) as string
  return {
    user: { username: text('username'), password: text('password'), email: given.has('email') ? text('email') : null },
  }
}

function unknownMember(field: string): FieldProblem {
  return { field: field.slice(0, 64), rule: 'unknown', detail: 'leave out this member: it means nothing here' }
}

function memberProblem(field: string, need: 'required' | 'optional', value: unknown): readonly FieldProblem[] {
  if (value === undefined) return need === 'required' ? [{ field, rule: 'required', detail: 'is missing' }] : []
  return typeof value === 'string' ? [] : [{ field, rule: 'type', detail: 'must be a text' }]
}
