/** A client with session keys: what the token endpoint hands over with an access token. */

import { hkdfSync } from 'node:crypto'
import { deriveSessionKey } from '@countersign/protocol'
import type { SessionKeyUse } from '@countersign/protocol'
import type { Key } from '@countersign/tokens'
import { accessTokenClaims, mintAccessToken, noon, setUpGuard } from '../guard.fixture.ts'
import type { ClaimChanges, GuardSetUp } from '../guard.fixture.ts'
import type { GuardOptions } from '../guard.ts'
import { memoryReplayStore } from '../replay/memory-replay-store.ts'

export const origin = 'https://api.example'
const apiSecret = Buffer.alloc(32, 42)
/** With one that no token was derived from. */
export const sessionSecrets = {
  6: Buffer.alloc(32, 41).toString('base64url'),
  7: apiSecret.toString('base64url'),
}

/** Answers the client's key for an access token with these claims. */
export function sessionKey(use: SessionKeyUse, changes: ClaimChanges = {}, secret: Uint8Array = apiSecret): Uint8Array {
  const claims: ClaimChanges = { ...accessTokenClaims, ...changes }
  const facts = {
    issuer: `${claims['iss']}`,
    audience: `${claims['aud']}`,
    clientId: `${claims['client_id']}`,
    tokenId: `${claims['jti']}`,
    jkt: (claims['cnf'] as { jkt?: string } | undefined)?.jkt,
  }
  return deriveSessionKey(secret, use, facts, ({ secret: ikm, info, lengthBytes }) =>
    Buffer.from(hkdfSync('sha256', ikm, new Uint8Array(), info, lengthBytes)),
  )
}

/** Mints an access token with session keys. */
export function mintSessionToken(key: Key, changes: ClaimChanges = {}): string {
  return mintAccessToken(key, { cs_key: 7, ...changes })
}

/** A guard that knows the secrets, with a replay store that is older than everything. */
export function setUpSessionGuard(key: Key, options: Partial<GuardOptions> = {}): GuardSetUp {
  let now = noon - 1000
  const replay = memoryReplayStore({ clock: () => now })
  now = noon
  return setUpGuard(key, { origin, sessionSecrets, replay, ...options })
}

/** Changes one character to another of its kind. */
export function flip(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}
