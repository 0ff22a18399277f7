/**
 * The replay store of a server: what is spent at one process is spent at all that share the store, and stays so when they
 * end.
 *
 * The memory of this process stands in front. What comes here a second time does not reach the disk, and as that memory is
 * bounded, so is what a flood may write.
 */

import { hash } from 'node:crypto'
import { memoryReplayStore } from '@countersign/guard'
import type { ReplayStore } from '@countersign/guard'
import type { Clock } from '../clock.ts'
import type { SpentIdStore } from './records.ts'

export function sharedReplayStore(spentIds: SpentIdStore, clock: Clock): ReplayStore {
  const own = memoryReplayStore({ clock })
  return {
    // It has forgotten nothing: where the ids are gone, so are the clients, keys and grants by which they could be used.
    bornAt: 0,
    async spend(id, until) {
      if (own.spend(id, until) === 'replayed') return 'replayed'
      return spentIds.spend({ id: hash('sha256', id, 'base64url'), expiresAt: Math.ceil(until) })
    },
  }
}
