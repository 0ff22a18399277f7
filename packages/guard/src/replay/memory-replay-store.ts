/**
 * The replay store of one process, in typed arrays: some 20 bytes an id, and no pause when it grows or forgets.
 *
 * It keeps 64 bits of a keyed hash of each id. Two ids that share them (odds below 1 in 10^12 with five million ids)
 * make the second one `replayed`: wrong, and safe. The key is random, so that nobody can choose ids that collide.
 */

import { hash, randomBytes } from 'node:crypto'
import type { EpochSeconds } from '@countersign/tokens'
import { GuardError } from '../guard-error.ts'
import type { ReplayStore } from './replay-store.ts'
import { Segment } from './segment.ts'

export interface MemoryReplayStoreOptions {
  /** How many ids it holds at once, about 20 bytes each. Default 1,000,000. Above that it refuses: `replay_store_full`. */
  readonly maxEntries?: number
  /** The current time in seconds. Default: the system's. */
  readonly clock?: () => EpochSeconds
}

/** It answers at once: no other call comes between. */
export interface MemoryReplayStore extends ReplayStore {
  spend(id: Uint8Array | string, until: EpochSeconds): 'spent' | 'replayed'
}

// 1024 segments, chosen by the top 10 bits: with five million ids, a segment is rebuilt in a fraction of a millisecond.
const segmentBits = 10
const maxUntil = 0xffff_ffff
/** How long dead ids may keep their memory, while there is traffic. */
const lingerSeconds = 60

/** Answers an empty store, born now. It serves one process: two of them would each spend the same id. */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): MemoryReplayStore {
  const { maxEntries = 1_000_000, clock = () => Date.now() / 1000 } = options
  if (!(maxEntries >= 1)) throw new TypeError('maxEntries must be at least 1')
  const segments = Array.from({ length: 2 ** segmentBits }, () => new Segment())
  const key = randomBytes(16).toString('base64url')
  let entries = 0
  let cursor = 0

  const nextSegment = (): Segment | undefined => segments[cursor++ % segments.length]

  const forgetOldest = (now: EpochSeconds): void => {
    for (let visited = 0; visited < segments.length && entries >= maxEntries; visited++) {
      const segment = nextSegment()
      if (segment !== undefined && segment.earliest <= now) entries -= segment.sweep(now)
    }
  }

  return {
    bornAt: clock(),
    spend(id, until) {
      const now = clock()
      const forgetAt = Math.ceil(until)
      if (!(forgetAt <= maxUntil)) throw new TypeError('until must be a number of seconds below 2^32')
      // It would be forgotten at once, and could be spent again. So is the answer if the clock is no number.
      if (!(forgetAt > now)) return 'replayed'

      // As texts: each Buffer here would be one more thing for the garbage collector to finalize.
      const digest = hash('sha256', key + (typeof id === 'string' ? id : toLatin1(id)), 'binary')
      const low = readWord(digest, 0)
      const high = readWord(digest, 4)
      const segment = segments[high >>> (32 - segmentBits)]
      if (segment === undefined || segment.has(low, high, now)) return 'replayed'
      // The clock has gone back behind what was forgotten, and this may be among it.
      if (forgetAt <= segment.forgottenUntil) {
        throw new GuardError('replay_store_reset', 'the replay store may have forgotten this token')
      }

      const passing = nextSegment()
      if (passing !== undefined && passing.earliest + lingerSeconds <= now) entries -= passing.sweep(now)
      if (entries >= maxEntries) forgetOldest(now)
      if (entries >= maxEntries) throw new GuardError('replay_store_full', 'the replay store is full')
      if (segment.isCrowded) entries -= segment.sweep(now)
      segment.add(low, high, forgetAt)
      entries++
      return 'spent'
    },
  }
}

function toLatin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

function readWord(bytes: string, at: number): number {
  const high = (bytes.charCodeAt(at) << 8) | bytes.charCodeAt(at + 1)
  const low = (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3)
  return high * 0x1_0000 + low
}
