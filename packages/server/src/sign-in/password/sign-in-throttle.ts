/**
 * How often passwords may be guessed: per account, whether there is one or not, and per address.
 *
 * A guess is counted as failed before it is verified, so that of many guesses at once no more are verified than of the
 * same guesses one by one. Who has signed in from an address before is counted there apart: neither guessing at their
 * account from elsewhere nor guessing at others from there locks them out (ASVS 6.1.1). Verifying is left to
 * `verify-password.ts`.
 */

import { createHash } from 'node:crypto'
import { usernameKey } from '../../store/username-key.ts'
import { addressBlock, createGrowingDelay, createTurns } from '../../throttle/index.ts'

export type Admission =
  | { readonly status: 'wait'; readonly seconds: number }
  /** The guess may be verified. It stays counted as failed unless one of these is called. */
  | {
      readonly status: 'admitted'
      /** It was right: the account starts anew, and the address has one failure less. */
      succeeded(): Promise<void>
      /** It was not verified: it counts for nothing. */
      abandoned(): Promise<void>
    }

/** Then 1 s, 2 s, 4 s … up to 15 minutes. */
const freeFailuresPerAccount = 5

/** Many people sign in from one address: an office, a mobile network, a proxy. */
const freeFailuresPerAddress = 100

const maxFamiliar = 50_000

export function createSignInThrottle(): (username: string, address: string) => Promise<Admission> {
  const accounts = createGrowingDelay({ free: freeFailuresPerAccount })
  const addresses = createGrowingDelay({ free: freeFailuresPerAddress })
  /** Accounts at addresses from which they have signed in, the one that did so longest ago first. */
  const familiar = new Set<string>()
  const inTurn = createTurns()

  return (username, address) => {
    const block = addressBlock(address)
    const account = accountKey(username)
    const accountHere = `${account} ${block}`

    return inTurn(async () => {
      const isFamiliar = familiar.has(accountHere)
      const guessedAt = isFamiliar ? accountHere : account
      const seconds = Math.max(await accounts.wait(guessedAt), isFamiliar ? 0 : await addresses.wait(block))
      if (seconds > 0) return { status: 'wait', seconds }
      await accounts.count(guessedAt)
      if (!isFamiliar) await addresses.count(block)
      return {
        status: 'admitted',
        succeeded: () =>
          inTurn(async () => {
            await accounts.clear(guessedAt)
            // Not cleared: whoever owns one account could otherwise guess at all others for ever.
            if (!isFamiliar) await addresses.takeBack(block)
            familiar.delete(accountHere)
            familiar.add(accountHere)
            const [oldest] = familiar
            if (familiar.size > maxFamiliar && oldest !== undefined) familiar.delete(oldest)
          }),
        abandoned: () =>
          inTurn(async () => {
            await accounts.takeBack(guessedAt)
            if (!isFamiliar) await addresses.takeBack(block)
          }),
      }
    })
  }
}

/** Hashed, because people type passwords into the wrong field. */
function accountKey(username: string): string {
  return createHash('sha256').update(usernameKey(username)).digest('base64url')
}
