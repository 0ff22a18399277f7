/** Ends a session at the server (RFC 7009): all its tokens, whoever has them. What is kept here is left to the caller. */

import { ClientError } from '../client-error.ts'
import { postForm } from '../server-answer.ts'
import type { StoredSession } from '../storage/client-storage.ts'
import type { Wire } from '../wire.ts'

/** People wait for it, and here the session has ended already. */
const limitMs = 5_000

/** Answers whether the server has ended it. */
export async function revokeSession({ refreshToken, accessToken }: StoredSession, wire: Wire): Promise<boolean> {
  const form = { client_id: wire.clientId, token: refreshToken ?? accessToken.text }
  try {
    const { error } = await postForm(wire, wire.endpoints.revocation, form, { limit: AbortSignal.timeout(limitMs) })
    return error === undefined
  } catch (error) {
    if (error instanceof ClientError) return false
    throw error
  }
}
