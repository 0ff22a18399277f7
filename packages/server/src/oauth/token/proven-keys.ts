/** What the keys that a client has proven are good for. Pure; that they are proven is found out before. */

import { OAuthError } from '@countersign/protocol'
import type { Client } from '../../store/records.ts'
import type { ProvenKeys, TokenRequest } from './token-endpoint.ts'

/**
 * Checks that a client which is to have bound tokens only has proven a key.
 *
 * @throws {OAuthError} `invalid_dpop_proof`
 * @see RFC 9449 §5.2
 */
export function checkBindsTokens(client: Client, { jkt }: ProvenKeys): void {
  if (client.dpopBound && jkt === undefined) {
    throw new OAuthError('invalid_dpop_proof', 'the client gets tokens with a DPoP proof only')
  }
}

/**
 * Answers the key that a refresh token is bound to. One of a client that authenticates is bound to the client, which may
 * change its keys.
 *
 * @see RFC 9449 §5
 */
export function refreshTokenKey({ client, proven }: Pick<TokenRequest, 'client' | 'proven'>): string | null {
  return client.authentication === 'none' ? (proven.jkt ?? null) : null
}

/** Whether every key that a token is bound to ("cnf") is proven. A binding that we do not know is none that holds. */
export function isBoundTo(confirmation: unknown, proven: ProvenKeys): boolean {
  if (confirmation === undefined) return true
  const provenMembers = new Map<string, unknown>(Object.entries(proven))
  return Object.entries(confirmation as object).every(([member, key]) => provenMembers.get(member) === key)
}
