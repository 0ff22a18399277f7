/**
 * Reads who somebody is, and their password without showing it: from the terminal, or from a pipe. A password never comes
 * from a flag, which every process can see.
 */

import { text } from 'node:stream/consumers'
import { CommandError } from './failure.ts'

/** @throws {CommandError} where there is nothing to read, or the person gave up. */
export async function readPassword(
  from: 'prompt' | 'stdin',
  ask: typeof askForPassword = askForPassword,
): Promise<string> {
  if (from === 'stdin') {
    const line = (await text(process.stdin)).split(/\r?\n/, 1)[0] ?? ''
    if (line === '') throw new CommandError('standard input held no password')
    return line
  }
  return ask('Password')
}

/**
 * One that is to be set. A person types it twice: nobody sees a slip of the fingers in what is not shown.
 *
 * @throws {CommandError} where there is nothing to read, the person gave up, or typed two different ones.
 */
export async function readNewPassword(
  from: 'prompt' | 'stdin',
  ask: typeof askForPassword = askForPassword,
): Promise<string> {
  const password = await readPassword(from, ask)
  if (from === 'prompt' && (await ask('The same password again')) !== password) {
    throw new CommandError('the two passwords are not the same; nothing was done')
  }
  return password
}

/** @throws {CommandError} where there is no terminal, or the person gave up. */
export async function readUsername(): Promise<string> {
  if (!process.stdin.isTTY) throw new CommandError('no terminal to ask for the user name on: add --username NAME')
  const { isCancel, text: ask } = await import('@clack/prompts')
  const answer = await ask({ message: 'User name' })
  if (isCancel(answer)) throw new CommandError('no user name was given; nothing was done')
  return answer
}

async function askForPassword(message: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError('no terminal to ask for the password on: pipe it in and add --password-stdin')
  }
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message })
  if (isCancel(answer)) throw new CommandError('no password was given; nothing was done')
  return answer
}
