/**
 * What stands between a message and its effect. Each is a function of its own, so that a test can take one out and see
 * the attack succeed that it stops.
 */

import { TokenError, verifyHmacToken } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'

import { verifyPassword } from '../passwords.ts'
import { createThrottle } from '../throttle.ts'
import { parseKeyValues } from '../wire/key-values.ts'
import { MessageRefusal } from '../wire/message-refusal.ts'

/** The fields of a message; unknown ones are ignored. */
export interface Fields {
  readonly action?: string
  readonly username?: string
  readonly password?: string
  readonly token?: string
  readonly amount?: string
}

export interface HmacChecks {
  readonly fields: (message: string) => Fields
  /** The name that the token proves. */
  readonly token: (fields: Fields, key: Key) => string
  readonly password: typeof verifyPassword
  readonly throttle: typeof createThrottle
  /** The longest message. */
  readonly mostBytes: number
}

export const hmacChecks: HmacChecks = {
  fields: parseKeyValues,
  token: ({ token = '' }, key) => {
    if (token === '') throw new MessageRefusal('Missing token')
    // From the right: a user name may hold dots.
    if (!/^.+\.[^.]+\.[^.]+$/su.test(token)) throw failed('Malformed token')
    try {
      // Of any age: this system has no expiry.
      return verifyHmacToken(token, key).subject
    } catch (error) {
      // Whatever else is wrong with it, this server has not signed it.
      if (error instanceof TokenError) throw failed('Invalid token signature')
      throw error
    }
  },
  password: verifyPassword,
  throttle: createThrottle,
  mostBytes: 65_536,
}

function failed(why: string): MessageRefusal {
  return new MessageRefusal(`Token validation failed: ${why}`)
}
