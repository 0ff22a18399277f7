/**
 * What a call is refused with.
 */

import { TokenError } from './errors.ts'
import type { TokenErrorCode } from './errors.ts'

/** The code of the refusal, or `undefined` if there is none. Any other error is thrown on. */
export function refusalOf(call: () => unknown): TokenErrorCode | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}
