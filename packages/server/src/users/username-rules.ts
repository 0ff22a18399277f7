/** Which usernames and e-mail addresses are taken. Pure. Whether another user has the name already is the store's to say. */

import type { FieldProblem } from '../http/problem.ts'
import { countCodePoints } from './code-points.ts'

/**
 * Answers what is wrong with a username, or undefined. It has 3 to 64 characters (code points after NFKC), none of
 * them invisible, and no white space but single spaces between visible characters: two names that look the same are the same.
 */
export function checkUsername(username: string): FieldProblem | undefined {
  // A name this long cannot pass, whatever normalisation makes of it, and normalising megabytes takes time.
  const normalized = username.length > 256 ? username.slice(0, 256) : username.normalize('NFKC')
  const length = countCodePoints(normalized)
  if (length < 3 || length > 64) return breach('length', 'use 3 to 64 characters')
  if (invisible.test(username) || invisible.test(normalized)) {
    return breach('characters', 'leave out control, format and other invisible characters')
  }
  if (strayWhiteSpace.test(normalized)) {
    return breach('whiteSpace', 'leave out white space at either end, and all but single spaces between')
  }
  return undefined

  function breach(rule: string, detail: string): FieldProblem {
    return { field: 'username', rule, detail }
  }
}

/** Answers what is wrong with an e-mail address, or undefined. Only its form: that it is theirs, a message to it will prove. */
export function checkEmail(email: string): FieldProblem | undefined {
  if (email.length <= 254 && emailForm.test(email) && !invisible.test(email)) return undefined
  return { field: 'email', rule: 'form', detail: 'use an e-mail address such as name@example.com' }
}

/** Control, format, surrogate, private-use and unassigned characters, and those that are drawn as nothing. */
const invisible = /[\p{C}\p{Default_Ignorable_Code_Point}]/u

const strayWhiteSpace = /^ | $| {2}|[^\P{Z} ]/u

const emailForm = /^[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)*$/u
