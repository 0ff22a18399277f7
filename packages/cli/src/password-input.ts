/**
 * Reads who somebody is, and their password without showing it: from the terminal, or from a pipe. A password never comes
 * from a flag, which every process can see.
 */

import { text } from 'node:stream/consumers'
import { CommandError } from './failure.ts'

/** @throws {CommandError} where there is nothing to read, or the person gave up. */
export async function readPassword(from: 'prompt' | 'stdin'): Promise<string> {
  if (from === 'stdin') {
    const line = (await text(process.stdin)).split(/\r?\n/, 1)[0] ?? ''
    if (line === '') throw new CommandError('standard input held no password')
    return line
  }
  if (!process.stdin.isTTY) {
    throw new CommandError('no terminal to ask for the password on: pipe it in and add --password-stdin')
  }
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message: 'Password' })
  if (isCancel(answer)) throw new CommandError('no password was given; nothing was done')
  return answer
}

/** @throws {CommandError} where there is no terminal, or the person gave up. */
export async function readUsername(): Promise<string> {
  if (!process.stdin.isTTY) throw new CommandError('no terminal to ask for the user name on: add --username NAME')
  const { isCancel, text: ask } = await import('@clack/prompts')
  const answer = await ask({ message: 'User name' })
  if (isCancel(answer)) throw new CommandError('no user name was given; nothing was done')
  return answer
}
