/** Rules that clients and APIs share. Pure: each answers what is wrong, in words that say what to do instead. */

import type { KeyObject } from 'node:crypto'
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

/** For keys that a client is registered with. Elsewhere RSA keys of 2048 bits are verified: here a new key is chosen. */
export function keyProblems(field: string, keys: readonly KeyObject[]): readonly FieldProblem[] {
  // 128 bits of security, as the other keys have.
  const isWeak = keys.some(({ asymmetricKeyDetails }) => (asymmetricKeyDetails?.modulusLength ?? Infinity) < 3072)
  const detail = 'an RSA key needs 3072 bits: make a longer one, or one for ES256 or Ed25519'
  return isWeak ? [{ field, rule: 'weak', detail }] : []
}

function isAccepted(parse: () => boolean): boolean {
  try {
    return parse()
  } catch (error) {
    if (error instanceof OAuthError) return false
    throw error
  }
}
