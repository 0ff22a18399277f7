/** Rules that clients and APIs share. Pure: each answers what is wrong, in words that say what to do instead. */

import { OAuthError, parseResource, parseScope } from '@countersign/protocol'
import type { FieldProblem } from '../http/problem.ts'

/** A name for people: 1 to 100 characters, none of them a control character. */
export function nameProblems(name: string): readonly FieldProblem[] {
  return /^\P{C}{1,100}$/u.test(name) && name.trim() === name
    ? []
    : [{ field: 'name', rule: 'form', detail: 'use 1 to 100 visible characters' }]
}

export function scopeProblems(scopes: readonly string[]): readonly FieldProblem[] {
  return scopes
    .filter((scope) => !isAccepted(() => parseScope(scope).length === 1))
    .map((scope) => ({ field: 'scopes', rule: 'form', detail: `${JSON.stringify(scope)} is not one scope` }))
}

export function isAudience(text: string): boolean {
  return isAccepted(() => parseResource(text) === text)
}

function isAccepted(parse: () => boolean): boolean {
  try {
    return parse()
  } catch (error) {
    if (error instanceof OAuthError) return false
    throw error
  }
}
