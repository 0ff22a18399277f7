/** The audit trail, and the promises of its verbs. What holds for every verb of the store is in `records.ts`. */

import type { EpochSeconds } from '../clock.ts'

/** One line of the audit trail. `at` and `id` are filled in by whoever makes the event. */
export interface AuditEvent {
  readonly id: string
  readonly at: EpochSeconds
  /** Dotted, past tense: `user.created`, `sign_in.succeeded`, `code.issued`, `token.issued`, `refresh.reused` … */
  readonly type: string
  /** Who acted: `user:<id>`, `client:<id>`, `operator` (the command line), `system`. */
  readonly actor: string
  readonly userId: string | null
  readonly clientId: string | null
  readonly grantId: string | null
  /** The peer's address, where a request caused the event. */
  readonly address: string | null
  /** More facts, small and without secrets. */
  readonly detail: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

export interface AuditStore {
  /** Appends all of them, or none. */
  appendAll(events: readonly AuditEvent[]): Promise<void>
  /** Newest last. `after` is an `id` that was answered before; event ids sort by time (UUIDv7). */
  list(page: {
    readonly after?: string
    readonly limit: number
    readonly newest?: boolean
  }): Promise<readonly AuditEvent[]>
  /** Adds to the count of anonymous refusals of one minute (`minute` = epoch seconds rounded down) and reason. */
  countRefusals(counts: readonly RefusalCount[]): Promise<void>
  listRefusals(since: EpochSeconds): Promise<readonly RefusalCount[]>
  /** Deletes a portion of the events with lesser ids than this, the oldest first. Answers how many; 0: there are none. */
  deleteEventsBefore(id: string): Promise<number>
  /** Deletes a portion of the counts of earlier minutes, the oldest first. Answers how many; 0: there are none. */
  deleteRefusalsBefore(minute: EpochSeconds): Promise<number>
}

export interface RefusalCount {
  readonly minute: EpochSeconds
  readonly reason: string
  readonly count: number
}
