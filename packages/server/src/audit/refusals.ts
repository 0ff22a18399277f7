/**
 * Counts anonymous refusals per minute and reason, instead of one audit event each: whoever is refused at the door must
 * not be able to fill the disk. The counts of a few seconds lie in memory, and a crash loses those.
 */

import type { Clock } from '../clock.ts'
import type { AuditStore, RefusalCount } from '../store/records.ts'

export interface RefusalCounter {
  /** Counts one refusal. `reason` is a stable code; when too many wait to be written, new ones count as `other`. */
  count(reason: string): void
  /** Writes what is counted, and stops. */
  close(): Promise<void>
}

export interface RefusalCounterDeps {
  readonly audit: Pick<AuditStore, 'countRefusals'>
  readonly clock: Clock
  /** Told when counts could not be written. They are kept and tried again, and lost at `close`. */
  readonly onError: (error: unknown) => void
  /** Default 5000. */
  readonly flushEveryMs?: number
}

const mostWaiting = 200

export function createRefusalCounter(deps: RefusalCounterDeps): RefusalCounter {
  const { audit, clock, onError, flushEveryMs = 5000 } = deps
  let waiting = new Map<string, RefusalCount>()
  let flushing = Promise.resolve()

  const add = (minute: number, reason: string, count: number): void => {
    const isNew = !waiting.has(`${String(minute)} ${reason}`)
    const name = isNew && waiting.size >= mostWaiting ? 'other' : reason
    const key = `${String(minute)} ${name}`
    waiting.set(key, { minute, reason: name, count: count + (waiting.get(key)?.count ?? 0) })
  }

  const flush = async (): Promise<void> => {
    if (waiting.size === 0) return
    const counts = [...waiting.values()]
    waiting = new Map()
    try {
      await audit.countRefusals(counts)
    } catch (error) {
      for (const { minute, reason, count } of counts) add(minute, reason, count)
      onError(error)
    }
  }

  const timer = setInterval(() => {
    flushing = flushing.then(flush)
  }, flushEveryMs)
  timer.unref()

  return {
    count(reason) {
      const now = clock()
      add(now - (now % 60), reason, 1)
    },
    async close() {
      clearInterval(timer)
      await flushing
      await flush()
    },
  }
}
