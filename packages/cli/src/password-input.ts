/** Reads a password without showing it: from the terminal, or from a pipe. Never from a flag, which every process can see. */

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
  if (isCancel(answer)) throw new CommandError('no password was given; nothing was created')
  return answer
}
