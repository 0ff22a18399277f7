/** What the guard asks of its keys, wherever they come from. */

import type { Key } from '@countersign/tokens'
import type { KeyPurpose } from './key-purposes.ts'

export interface KeySet {
  /**
   * Does the work with the keys that are good now for this purpose (default `token`). Where the work throws
   * `token_key_unknown` and somebody can be asked for newer keys, it is done once more with those. A promise only where
   * there is something to wait for.
   */
  use<T>(work: (keys: readonly Key[]) => T, purpose?: KeyPurpose): T | Promise<T>
  close(): void
}
