/** The keys that came with an access token. */

import { ClientError } from '../client-error.ts'
import type { SessionKeys } from '../crypto.ts'
import type { AccessToken } from '../storage/client-storage.ts'

/** @throws {ClientError} `session_keys_refused` if it came without. */
export function sessionKeysOf({ sessionKeys }: AccessToken): SessionKeys {
  if (sessionKeys !== undefined) return sessionKeys
  throw noSessionKeys()
}

export function noSessionKeys(serverCode?: string): ClientError {
  return new ClientError(
    'session_keys_refused',
    'the API was created without session keys: sign with the proof key, and seal nothing, or call an API that has them',
    { serverCode },
  )
}
