/** Hands out the session keys of an access token. They are derived: nobody keeps them, and the API derives the same. */

import { hkdfSync } from 'node:crypto'
import { deriveSessionKey, OAuthError } from '@countersign/protocol'
import type { HkdfInput, SessionKeyFacts, SessionKeyUse } from '@countersign/protocol'
import type { OpenApiSecret } from '../../keys/api-secrets.ts'
import type { Grant } from '../../store/records.ts'
import type { TokenEndpointDeps } from './token-endpoint.ts'

/**
 * Answers the secret that session keys for the API of a grant are derived from now.
 *
 * @throws {OAuthError} `invalid_request` if it has none, because its creation was interrupted.
 * @throws {KeyRingError} `master_key_mismatch`
 */
export async function findApiSecret(
  { resource }: Pick<Grant, 'resource'>,
  { apiSecrets }: Pick<TokenEndpointDeps, 'apiSecrets'>,
): Promise<OpenApiSecret> {
  const secret = resource === null ? undefined : await apiSecrets.active(resource)
  if (secret === undefined) throw new OAuthError('invalid_request', 'there are no session keys for this resource')
  return secret
}

/** Answers the keys as the client gets them: base64url. */
export function sessionKeys(
  { secret }: OpenApiSecret,
  facts: SessionKeyFacts,
): Readonly<Record<SessionKeyUse, string>> {
  const derive = (use: SessionKeyUse): string => deriveSessionKey(secret, use, facts, hkdf)
  return { sig: derive('sig'), 'seal-req': derive('seal-req'), 'seal-res': derive('seal-res') }
}

function hkdf({ secret, info, lengthBytes }: HkdfInput): string {
  return Buffer.from(hkdfSync('sha256', secret, '', info, lengthBytes)).toString('base64url')
}
