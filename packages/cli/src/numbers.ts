/** Options that are numbers: what is none is refused before anything is opened. */

import { InvalidArgumentError } from 'commander'

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
