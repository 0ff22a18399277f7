/** What a token says, unverified: for what came from the token endpoint itself, over TLS. */

import { decodeBase64url } from '../base64url.ts'
import { ClientError } from '../client-error.ts'

/** @throws {ClientError} `answer_malformed` if it is no JWT. */
export function readJwtClaims(token: string, name: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(decodeBase64url(token.split('.')[1] ?? '')))
    if (typeof claims === 'object' && claims !== null) return claims as Readonly<Record<string, unknown>>
  } catch {
    // Refused below, with what holds no claims. No cause: a parser's message repeats what it read.
  }
  throw new ClientError('answer_malformed', `${name} cannot be read`)
}
