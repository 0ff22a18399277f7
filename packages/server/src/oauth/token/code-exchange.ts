/** The rule of `grant_type=authorization_code`: who may redeem a code. Pure. That it is used once is the store's promise. */

import { OAuthError, verifyCodeVerifier } from '@countersign/protocol'
import type { Sha256 } from '@countersign/protocol'
import type { AuthorizationCode, Client } from '../../store/records.ts'
import type { TokenForm } from './token-endpoint.ts'

/**
 * Checks a redeemed code against the request. PKCE is always demanded, so there is no downgrade to guard against.
 *
 * @throws {OAuthError} `invalid_request` if there is no `code_verifier`.
 * @throws {OAuthError} `invalid_grant` if the code is another client's or the verifier does not fit.
 * @see RFC 6749 §4.1.3, RFC 7636 §4.6
 */
export async function checkCodeExchange(
  code: AuthorizationCode,
  client: Client,
  { code_verifier: verifier }: TokenForm,
  sha256: Sha256,
): Promise<void> {
  if (verifier === undefined) throw new OAuthError('invalid_request', 'code_verifier is required')
  if (code.clientId !== client.id || !(await verifyCodeVerifier(verifier, code.codeChallenge, sha256))) {
    throw codeRefused()
  }
}

/** One answer for every code that buys nothing: unknown, expired, spent, another client's, without its verifier. */
export function codeRefused(): OAuthError {
  return new OAuthError('invalid_grant', 'the code is not valid for this request')
}
