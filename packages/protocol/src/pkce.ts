/**
 * Proof Key for Code Exchange, method S256 only.
 *
 * Pure but for the SHA-256 that the caller passes in. Making the random verifier is left to the client.
 */

import { OAuthError } from './oauth-error.ts'

/** SHA-256, by `node:crypto` or WebCrypto. */
export type Sha256 = (data: Uint8Array) => Uint8Array | Promise<Uint8Array>

const codeVerifier = /^[A-Za-z0-9._~-]{43,128}$/
// 32 bytes in canonical base64url: the two spare bits of the last character are zero.
const codeChallenge = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/**
 * Answers the code challenge of an authorization request.
 *
 * @throws {OAuthError} `invalid_request` if it is missing or malformed, or the method is not S256. A missing method
 * means "plain" (RFC 7636 §4.3) and is refused too.
 */
export function parseCodeChallenge(challenge: string | undefined, method: string | undefined): string {
  if (challenge === undefined) throw new OAuthError('invalid_request', 'code_challenge is required')
  if (method !== 'S256') throw new OAuthError('invalid_request', 'code_challenge_method must be S256')
  if (!codeChallenge.test(challenge)) {
    throw new OAuthError('invalid_request', 'code_challenge must be 43 characters of base64url')
  }
  return challenge
}

/**
 * Answers the S256 code challenge of a code verifier.
 *
 * @throws {OAuthError} `invalid_request` if the verifier is not 43 to 128 unreserved characters.
 * @see RFC 7636 §4.1, §4.2
 */
export async function makeCodeChallenge(verifier: string, sha256: Sha256): Promise<string> {
  if (!codeVerifier.test(verifier)) {
    throw new OAuthError('invalid_request', 'code_verifier must be 43 to 128 unreserved characters')
  }
  const hash = await sha256(new TextEncoder().encode(verifier))
  return btoa(String.fromCharCode(...hash))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Whether the verifier is well formed and belongs to the challenge. @see RFC 7636 §4.6 */
export async function verifyCodeVerifier(verifier: string, challenge: string, sha256: Sha256): Promise<boolean> {
  // The challenge is no secret, and what a timing tells of it gives no verifier: an ordinary comparison is enough.
  return codeVerifier.test(verifier) && (await makeCodeChallenge(verifier, sha256)) === challenge
}
