/** Secrets that are derived from the master key instead of kept: every server on a store has the same. */

import { hkdfSync } from 'node:crypto'
import type { Key } from '@countersign/tokens'

/** What a secret is for. Each has its own: what is known of one says nothing of another, or of the master key. */
export type SecretPurpose = 'dpop-nonce'

/** Answers 32 bytes. @see RFC 5869 */
export function deriveSecret(masterKey: Key, purpose: SecretPurpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey.keyObject, '', `countersign/v1 ${purpose}`, 32))
}
