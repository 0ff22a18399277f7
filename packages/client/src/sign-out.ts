/** Signing out: the session is removed here first, its keys with it, and then ended at the server. */

import { revokeSession } from './session/revoke-session.ts'
import { sessionName } from './storage/client-storage.ts'
import type { ClientStorage, StoredSession } from './storage/client-storage.ts'
import type { Wire } from './wire.ts'

/**
 * `ended`: the server knows. `ended-here-only`: it could not be told. Nobody can use the session from here, and nobody else
 * had its key, but the server lists it until it expires.
 */
export type SignOutOutcome = 'ended' | 'ended-here-only'

/** @throws {ClientError} `storage_failed`: then nothing has been ended. */
export async function signOut(
  sessions: readonly StoredSession[],
  storage: ClientStorage,
  wire: Wire,
): Promise<SignOutOutcome> {
  const outcomes = await Promise.all(sessions.map((session) => signOutOf(session, storage, wire)))
  return outcomes.every((outcome) => outcome === 'ended') ? 'ended' : 'ended-here-only'
}

async function signOutOf(session: StoredSession, storage: ClientStorage, wire: Wire): Promise<SignOutOutcome> {
  const name = sessionName(session)
  const current = await storage.exclusively(name, async () => {
    const stored = await storage.read(name)
    await storage.remove(name)
    return stored
  })
  // Another tab was first, and tells the server.
  if (current === undefined) return 'ended'
  return (await revokeSession(current, wire)) ? 'ended' : 'ended-here-only'
}
