/**
 * The access tokens of a session: the one that is kept, while it is good, and else one that the refresh token buys.
 *
 * Refreshing is done by one at a time among all who share the storage. Whoever waited finds what the other has got.
 */

import { ClientError } from '../client-error.ts'
import { sessionName } from '../storage/client-storage.ts'
import type { AccessToken, ClientStorage, StoredSession } from '../storage/client-storage.ts'
import type { Wire } from '../wire.ts'
import { requestTokens } from './request-tokens.ts'
import type { TokenAnswer, TokenRequest } from './request-tokens.ts'

/** What a request needs of its access token. */
export interface TokenNeeds {
  readonly singleUse: boolean
  readonly sessionKeys: boolean
  /** A token that has been refused as expired. */
  readonly not?: string
}

/** A token that is about to expire would do so on its way. */
const marginSeconds = 10
/**
 * The server lets a lost answer be asked for once more for ten seconds. Later, the token counts as stolen, and its session
 * ends. So the first answer is given up while the second request can still arrive in time. Who waits for the second has
 * nothing to gain by giving it up.
 */
const firstLimitMs = 5_000
const lastLimitMs = 30_000
/** By the clock: a machine that has slept finds its time limits where it left them. */
const retryWithinSeconds = 8

/**
 * Answers the session with an access token that is good for the request.
 *
 * @throws {ClientError} `session_ended`, also where it was signed out meanwhile; what `requestTokens` throws.
 */
export async function sessionWithToken(
  session: StoredSession,
  needs: TokenNeeds,
  storage: ClientStorage,
  wire: Wire,
): Promise<StoredSession> {
  wire.origins.recall(session.accessToken.issuerAheadSeconds)
  if (isGood(session.accessToken, needs, wire.clock())) return session
  const name = sessionName(session)
  return storage.exclusively(name, async () => {
    const current = await storage.read(name)
    if (current === undefined) throw ended('signed out')
    if (isGood(current.accessToken, needs, wire.clock())) return current
    return refresh(current, needs, storage, wire)
  })
}

function isGood({ text, expiresAt, sessionKeys }: AccessToken, needs: TokenNeeds, now: number): boolean {
  if (needs.singleUse || text === needs.not || expiresAt - now < marginSeconds) return false
  return !needs.sessionKeys || sessionKeys !== undefined
}

async function refresh(
  session: StoredSession,
  needs: TokenNeeds,
  storage: ClientStorage,
  wire: Wire,
): Promise<StoredSession> {
  const name = sessionName(session)
  try {
    const answer = await buyTokens(session, needs, storage.exportsKeys, wire)
    const refreshToken = answer.refreshToken ?? session.refreshToken
    const renewed = { ...session, refreshToken, accessToken: answer.accessToken }
    // A single-use token is for the request at hand: kept is the other one.
    await storage.write(name, needs.singleUse ? { ...session, refreshToken } : renewed)
    return renewed
  } catch (error) {
    if (error instanceof ClientError && error.code === 'session_ended') await storage.remove(name)
    throw error
  }
}

async function buyTokens(
  { refreshToken, proofKey, resource }: StoredSession,
  { singleUse, sessionKeys }: TokenNeeds,
  exportsKeys: boolean,
  wire: Wire,
): Promise<TokenAnswer> {
  if (refreshToken === undefined) throw ended('its access token has expired and it has no refresh token')
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    resource: resource === wire.issuer ? undefined : resource,
    single_use: singleUse ? 'true' : undefined,
    session_keys: sessionKeys ? 'true' : undefined,
  }
  return askAgainOnce({ form, proofKey, exportsKeys }, wire)
}

/** The answer may have been lost with the new refresh token in it: at once, the old one may be sent again. */
async function askAgainOnce(request: TokenRequest, wire: Wire): Promise<TokenAnswer> {
  const startedAt = wire.clock()
  try {
    return await requestTokens({ ...request, limit: AbortSignal.timeout(firstLimitMs) }, wire)
  } catch (error) {
    const isLost = error instanceof ClientError && error.code === 'network_failed'
    if (!isLost || wire.clock() - startedAt > retryWithinSeconds) throw error
    return requestTokens({ ...request, limit: AbortSignal.timeout(lastLimitMs) }, wire)
  }
}

function ended(why: string): ClientError {
  return new ClientError('session_ended', `the session has ended (${why}): sign in again`)
}
