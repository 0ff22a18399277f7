/** Ids of audit events: UUIDv7 (RFC 9562 §5.7), which sort by time. */

import { randomBytes } from 'node:crypto'
import type { EpochSeconds } from '../clock.ts'

// The 60 bits that tell time: milliseconds, then "rand_a" as a counter (RFC 9562 §6.2, method 1). One for the process,
// because the order of ids is the order of the trail.
let lastTick = 0n

/** Answers an id that is greater than all that this process made before, also when the clock went back. */
export function makeEventId(at: EpochSeconds): string {
  // Within the second that it is now, the millisecond: else events of two processes in one second had no order.
  const nowMs = Date.now()
  const ms = Math.floor(nowMs / 1000) === at ? nowMs : at * 1000
  const tick = BigInt(ms) << 12n
  lastTick = tick > lastTick ? tick : lastTick + 1n
  const time = lastTick.toString(16).padStart(15, '0')
  const random = randomBytes(8)
  random.writeUInt8((random.readUInt8(0) & 0x3f) | 0x80, 0)
  const tail = random.toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${time.slice(12)}-${tail.slice(0, 4)}-${tail.slice(4)}`
}

/** Answers the least id that an event of this second may have: what was made before is less. */
export function firstEventId(at: EpochSeconds): string {
  const ms = (Math.floor(at) * 1000).toString(16).padStart(12, '0')
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`
}
