/**
 * Verifies a username and a password. The same work, the same queue and the same verdict for a name that nobody has, a
 * wrong password and a disabled user. What follows from the verdict is left to the endpoint that asks.
 */

import type { User, UserStore } from '../../store/records.ts'
import { HashingBusyError } from '../../users/index.ts'
import type { PasswordHasher, VerifyPassword } from '../../users/index.ts'
import { createSignInThrottle } from './sign-in-throttle.ts'

export interface PasswordVerifierDeps {
  readonly users: Pick<UserStore, 'findByUsername' | 'replacePasswordHash'>
  readonly hasher: PasswordHasher
  /** Told when a hash could not be renewed after a sign-in. */
  readonly log?: { error(facts: object, message: string): void }
}

export function createPasswordVerifier(deps: PasswordVerifierDeps): VerifyPassword {
  const admit = createSignInThrottle()

  return async (typedName, password, address) => {
    // Once, for the throttle and the store alike, or a name could be guessed at under the keys of many.
    const username = typedName.slice(0, longestTypedName)
    const guess = await admit(username, address)
    if (guess.status === 'wait') return { status: 'throttled', retryAfterSeconds: guess.seconds }
    try {
      const user = await deps.users.findByUsername(username)
      const matches = await deps.hasher.verify(user?.passwordHash, password)
      if (!matches || user === undefined || user.disabledAt !== null) {
        return { status: 'refused', userId: user?.id ?? null }
      }
      await guess.succeeded()
      // Awaited: what follows is for the very hash that was verified, and must not meet the one that replaces it.
      const renewed = await renewHash(deps, user, password)
      return renewed === undefined ? { status: 'refused', userId: user.id } : { status: 'verified', user: renewed }
    } catch (error) {
      await guess.abandoned()
      if (!(error instanceof HashingBusyError)) throw error
      return { status: 'busy', retryAfterSeconds: error.retryAfterSeconds }
    }
  }
}

/** No name is as long, and finding the key of a longer text takes time. */
const longestTypedName = 256

/**
 * Hashes the password anew if the parameters have grown since. Answers the user as they are then; `undefined` if the
 * password was changed meanwhile.
 */
async function renewHash(
  { users, hasher, log }: PasswordVerifierDeps,
  user: User,
  password: string,
): Promise<User | undefined> {
  try {
    if (!(await hasher.isOutdated(user.passwordHash))) return user
    const passwordHash = await hasher.hash(password)
    if (await users.replacePasswordHash(user.id, user.passwordHash, passwordHash)) return { ...user, passwordHash }
    // Another sign-in has renewed it, or the password is another now.
    const current = await users.findByUsername(user.username)
    return (await hasher.verify(current?.passwordHash, password)) ? current : undefined
  } catch (error) {
    // Also when too many wait: the next sign-in tries again.
    log?.error({ err: error, userId: user.id }, 'the password hash was not renewed')
    return user
  }
}
