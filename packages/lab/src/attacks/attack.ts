/**
 * What an attack is: it is given a server, sends bytes, and says whether it got what it was not entitled to.
 *
 * Which of them a system promises to stop is said in `promised.ts`.
 */

import type { Exchange, RunningServer, ServerOptions } from '../running-server.ts'

export const attackNames = [
  'no-token',
  'forged-token',
  'tampered-token',
  'alg-none',
  'key-confusion',
  'weak-secret-guess',
  'mac-stripping',
  'expired-token',
  'replayed-token',
  'stale-token',
  'stolen-token',
  'token-of-other-user',
  'token-in-query',
  'eavesdrop',
  'replayed-message',
  'tampered-message',
  'reordered-message',
  'bit-flip',
  'padding-oracle',
  'nonce-reuse',
  'session-hijack',
  'race',
  'password-guess',
  'user-enumeration',
  'duplicate-field',
  'oversized-message',
] as const

export type AttackName = (typeof attackNames)[number]

export type Outcome = 'blocked' | 'succeeded' | 'not-applicable'

/** Measured, never declared. */
export interface Finding {
  readonly outcome: Outcome
  /** What was seen that shows it, in a sentence or a message. */
  readonly evidence: string
}

export interface Target {
  readonly url: string
  /** What an insider of `sealed` has. */
  readonly psk?: string
  /**
   * Starts another server of the system for this attack; it is closed when the attack has ended.
   *
   * @throws {NotArrangeable} where the target is somebody's running server. Let it pass: it is told as not applicable.
   */
  start(options: ServerOptions): Promise<RunningServer>
  /** For the clients of the attack: every message is told to whoever watches. */
  readonly report: (exchange: Exchange) => void
}

export type Attack = (target: Target) => Promise<Finding>

/** What an attack needs cannot be had from a server that runs already. */
export class NotArrangeable extends Error {
  override readonly name = 'NotArrangeable'
}

export function succeeded(evidence: string): Finding {
  return { outcome: 'succeeded', evidence }
}

export function blocked(evidence: string): Finding {
  return { outcome: 'blocked', evidence }
}
