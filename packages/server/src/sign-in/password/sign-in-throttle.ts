/**
 * How often passwords may be guessed: per account, whether there is one or not, and per address.
 *
 * A guess is counted as failed before it is verified, so that of many guesses at once no more are verified than of the
 * same guesses one by one. Verifying is left to `verify-password.ts`.
 */

import { createHash } from 'node:crypto'
import { usernameKey } from '../../store/username-key.ts'
import { addressBlock, createGrowingDelay } from '../../throttle/index.ts'

export interface SignInThrottle {
  /** Counts a guess and answers 0; or answers the seconds to wait, and counts nothing. */
  admit(username: string, address: string): Promise<number>
  /** The guess was right: the account starts anew, and the address has one failure less. */
  succeeded(username: string, address: string): Promise<void>
  /** The guess was not verified: it counts for nothing. */
  abandoned(username: string, address: string): Promise<void>
}

/** Then 1 s, 2 s, 4 s … up to 15 minutes. */
const freeFailuresPerAccount = 5

/** Many people sign in from one address: an office, a mobile network, a proxy. */
const freeFailuresPerAddress = 100

export function createSignInThrottle(): SignInThrottle {
  const accounts = createGrowingDelay({ free: freeFailuresPerAccount })
  const addresses = createGrowingDelay({ free: freeFailuresPerAddress })
  const inTurn = createTurns()

  return {
    admit: (username, address) =>
      inTurn(async () => {
        const account = accountKey(username)
        const block = addressBlock(address)
        const seconds = Math.max(await accounts.wait(account), await addresses.wait(block))
        if (seconds > 0) return seconds
        await accounts.count(account)
        await addresses.count(block)
        return 0
      }),
    succeeded: (username, address) =>
      inTurn(async () => {
        await accounts.clear(accountKey(username))
        // Not cleared: whoever owns one account could otherwise guess at all others for ever.
        await addresses.takeBack(addressBlock(address))
      }),
    abandoned: (username, address) =>
      inTurn(async () => {
        await accounts.takeBack(accountKey(username))
        await addresses.takeBack(addressBlock(address))
      }),
  }
}

/** Hashed, because people type passwords into the wrong field. No name is as long as what is cut off. */
function accountKey(username: string): string {
  return createHash('sha256')
    .update(usernameKey(username.slice(0, 256)))
    .digest('base64url')
}

/** Runs one task after the other: what a task reads is still true when it writes. */
function createTurns(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const turn = last.then(task)
    last = turn.catch(() => undefined)
    return turn
  }
}
