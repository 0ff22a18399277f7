/**
 * Guessing a password online, within a minute, with what people use.
 */

import { blocked, succeeded } from './attack.ts'
import type { Finding } from './attack.ts'
import { commonPasswords } from './common-passwords.ts'

/** `tryPassword` sends one guess and answers whether it got in, and what came back. */
export async function guessPassword(
  tryPassword: (password: string) => Promise<{ readonly isIn: boolean; readonly answer: string }>,
  passwords: readonly string[] = commonPasswords,
): Promise<Finding> {
  let last = ''
  for (const password of passwords) {
    const { isIn, answer } = await tryPassword(password)
    if (isIn) return succeeded(`the password is ${password}: ${answer}`)
    last = answer
  }
  return blocked(`${passwords.length} common passwords, none got in; the last answer: ${last}`)
}
