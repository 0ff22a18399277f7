/** What is said of a username and a password: the words between the sign-in that verifies and the endpoints that ask. */

import type { User } from '../store/records.ts'

export type PasswordVerdict =
  | { readonly status: 'verified'; readonly user: User }
  /** `userId` is for the audit trail only: the answer must not depend on it. */
  | { readonly status: 'refused'; readonly userId: string | null }
  | { readonly status: 'throttled'; readonly retryAfterSeconds: number }
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }

export type VerifyPassword = (username: string, password: string, address: string) => Promise<PasswordVerdict>
