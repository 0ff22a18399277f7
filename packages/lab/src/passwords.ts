/**
 * Password hashes: argon2id, in the thread pool. How often somebody may guess is said in `throttle.ts`.
 */

import { hash, verify } from '@node-rs/argon2'

/** Argon2id is the library's default. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Of a password that nobody has, so that an unknown name takes as long as a wrong password. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$OlTDPazsAhBCDrm+EMl8tA$eX/jHlcThuehhoOuO7Tsd0TEbMh03bMDkvp0r4FySaA'

/** The users of the systems that have no registration. */
export const demoUsers: Readonly<Record<'alice' | 'bob', string>> = { alice: '123456', bob: 'qwerty' }

export function hashPassword(password: string): Promise<string> {
  return hash(password, parameters)
}

/** The same work without a hash: there is no such user. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? nobodysHash, password)
  return matches && passwordHash !== undefined
}
