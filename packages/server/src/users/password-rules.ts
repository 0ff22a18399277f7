/**
 * Which passwords are taken, as OWASP ASVS 5.0 §6.2 asks. Pure, but for the list of common passwords, which is loaded
 * at the first password that needs it.
 *
 * A password counts exactly as received: no trimming, no normalisation, no folding of case, no truncation. Its length is
 * counted in Unicode code points (NIST SP 800-63B §3.1.1.2). There are no rules about which kinds of characters it has.
 */

import type { FieldProblem } from '../http/problem.ts'
import { countCodePoints } from './code-points.ts'

/** Words that say where the password is used; the names of whoever uses it come on top (ASVS 6.1.2, 6.2.11). */
const productWords: readonly string[] = ['countersign']

/** A shorter word is in many good passwords by chance. */
const minContextWordLength = 4

/** Answers what is wrong with a new password, or undefined. */
export async function checkPassword(
  password: string,
  owner: { readonly username: string; readonly email: string | null },
): Promise<FieldProblem | undefined> {
  // A lone surrogate has no UTF-8 form: every one of them would be hashed as the same replacement character.
  if (!password.isWellFormed()) return breach('encoding', 'use Unicode characters only')
  // A form refuses NUL, so nobody could ever sign in with it.
  if (password.includes('\0')) return breach('nul', 'leave out the NUL character')
  const length = countCodePoints(password)
  if (length < 8) return breach('minLength', 'use at least 8 characters')
  if (length > 128) return breach('maxLength', 'use at most 128 characters')
  const folded = fold(password)
  if (contextWords(owner).some((word) => folded.includes(word))) {
    return breach('context', 'leave out your username, your e-mail address and the name of this service')
  }
  // Loaded at the first password, not at start: half a megabyte of words.
  const { commonPasswords } = await import('./common-passwords.ts')
  if (commonPasswords.has(password.toLowerCase())) {
    return breach('common', 'choose another one: many people use this password, and attackers try it first')
  }
  return undefined

  function breach(rule: string, detail: string): FieldProblem {
    return { field: 'password', rule, detail }
  }
}

function contextWords(owner: { readonly username: string; readonly email: string | null }): readonly string[] {
  // The name before the "@" counts for a username that is an e-mail address, too.
  const names = [owner.username, owner.email ?? ''].flatMap((name) => [name, name.split('@')[0] ?? ''])
  return [...productWords, ...names].map(fold).filter((word) => countCodePoints(word) >= minContextWordLength)
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
