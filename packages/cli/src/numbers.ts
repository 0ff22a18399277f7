/** Options that are numbers: what is none is refused before anything is opened. */

import { InvalidArgumentError } from 'commander'
import { CommandError } from './failure.ts'

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 1 to 999999.')
  return Number(text)
}

/** May lie below zero. */
export function parseSeconds(text: string): number {
  if (!/^-?\d{1,6}$/.test(text))
    throw new InvalidArgumentError('It takes a whole number of seconds, six digits at most.')
  return Number(text)
}

export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new CommandError(`--port takes a number from 0 to 65535, not '${text}'.`)
}
