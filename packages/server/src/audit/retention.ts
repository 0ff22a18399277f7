/** How long the audit trail and the counts of refusals are kept. What is older is deleted, a portion at a time. */

import type { EpochSeconds } from '../clock.ts'
import type { AuditStore } from '../store/records.ts'
import { firstEventId } from './event-id.ts'

export interface Retention {
  readonly auditRetentionDays: number | 'forever'
  readonly refusalCountRetentionDays: number | 'forever'
}

/** How many were deleted. */
export interface Deleted {
  readonly events: number
  readonly counts: number
}

const daySeconds = 86_400

/**
 * Deletes what has been kept for long enough by `now`: events by the time in their ids, which this server gave them,
 * whatever else they tell of. Ends after the portion at hand when `stopping` is aborted; the rest is deleted another time.
 */
export async function deleteOldAudit(
  audit: Pick<AuditStore, 'deleteEventsBefore' | 'deleteRefusalsBefore'>,
  { auditRetentionDays, refusalCountRetentionDays }: Retention,
  now: EpochSeconds,
  stopping: AbortSignal,
): Promise<Deleted> {
  const events = await deleteInPortions(auditRetentionDays, now, stopping, (before) =>
    audit.deleteEventsBefore(firstEventId(before)),
  )
  const counts = await deleteInPortions(refusalCountRetentionDays, now, stopping, (before) =>
    audit.deleteRefusalsBefore(before),
  )
  return { events, counts }
}

async function deleteInPortions(
  days: number | 'forever',
  now: EpochSeconds,
  stopping: AbortSignal,
  deletePortion: (before: EpochSeconds) => Promise<number>,
): Promise<number> {
  let total = 0
  while (days !== 'forever' && !stopping.aborted) {
    const deleted = await deletePortion(now - days * daySeconds)
    if (deleted === 0) break
    total += deleted
  }
  return total
}
