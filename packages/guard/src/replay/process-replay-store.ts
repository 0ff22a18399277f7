/** The memory replay store of a process: all its guards share it. With one each, a token could be spent at each. */

import type { EpochSeconds } from '@countersign/tokens'
import { memoryReplayStore } from './memory-replay-store.ts'
import type { MemoryReplayStore } from './memory-replay-store.ts'

// By clock: what one of them has forgotten may be alive to another. In a process there is one, but for tests.
const stores = new WeakMap<() => EpochSeconds, MemoryReplayStore>()

export function processReplayStore(clock: () => EpochSeconds): MemoryReplayStore {
  let store = stores.get(clock)
  if (store === undefined) {
    store = memoryReplayStore({ clock })
    stores.set(clock, store)
  }
  return store
}
