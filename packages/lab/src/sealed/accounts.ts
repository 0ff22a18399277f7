/**
 * The accounts of `sealed`: who may sign in, and how much is left.
 *
 * The client sends the hash of the password, so that hash is the password: whoever steals it can log in with it. It is
 * therefore stored as a password is, under argon2id, and the theft of this table alone opens nothing.
 */

import { hash } from 'node:crypto'

import { demoUsers, hashPassword, verifyPassword } from '../passwords.ts'

export interface Account {
  readonly storedHash: string
  /** In whole dollars. */
  balance: number
}

export interface Accounts {
  find(username: string): Account | undefined
  /** Takes as long for a name that does not exist. The hash: SHA-256 of the password in hex, in either case. */
  matchesPassword(username: string, passwordHash: string): Promise<boolean>
}

const startingBalance = 1000

export async function openAccounts(): Promise<Accounts> {
  const accounts = new Map<string, Account>()
  for (const [username, password] of Object.entries(demoUsers)) {
    const storedHash = await hashPassword(hash('sha256', password))
    accounts.set(username, { storedHash, balance: startingBalance })
  }
  return {
    find: (username) => accounts.get(username),
    matchesPassword: (username, passwordHash) =>
      verifyPassword(accounts.get(username)?.storedHash, passwordHash.toLowerCase()),
  }
}
