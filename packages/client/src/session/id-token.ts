/**
 * Who is signed in, from the ID token.
 *
 * Its signature is not verified: it came from the token endpoint itself, over TLS (OpenID Connect Core §3.1.3.7, 6).
 */

import { ClientError } from '../client-error.ts'
import type { SessionUser } from '../storage/client-storage.ts'
import { readJwtClaims } from './jwt-claims.ts'

/** @throws {ClientError} `answer_malformed` if it is none, or is not of this issuer for this client. */
export function readIdToken(
  token: string,
  { issuer, clientId }: { readonly issuer: string; readonly clientId: string },
): SessionUser {
  const { iss, aud, sub, auth_time: authTime, acr, amr } = readJwtClaims(token, 'the ID token')
  if (iss !== issuer || aud !== clientId || typeof sub !== 'string') {
    throw new ClientError(
      'answer_malformed',
      'the ID token is not of this server for this client: is the issuer spelled as it spells itself?',
    )
  }
  return {
    subject: sub,
    authTime: typeof authTime === 'number' ? authTime : undefined,
    acr: typeof acr === 'string' ? acr : undefined,
    amr: Array.isArray(amr) ? amr.map(String) : [],
  }
}
