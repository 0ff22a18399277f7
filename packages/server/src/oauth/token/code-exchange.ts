/** The rule of `grant_type=authorization_code`: who may redeem a code. Pure. That it is used once is the store's promise. */

import { OAuthError, verifyCodeVerifier } from '@countersign/protocol'
import type { Sha256 } from '@countersign/protocol'
import type { AuthorizationCode, Client } from '../../store/records.ts'
import type { TokenRequest } from './token-endpoint.ts'

/**
 * Checks a redeemed code against the request. PKCE is always demanded, so there is no downgrade to guard against.
 *
 * @throws {OAuthError} `invalid_request` if there is no `code_verifier`.
 * @throws {OAuthError} `invalid_grant` if the code is another client's, the verifier does not fit, or the code is bound to a
 *   key that the client has not proven.
 * @see RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9449 §10
 */
export async function checkCodeExchange(
  code: AuthorizationCode,
  client: Client,
  { form: { code_verifier: verifier }, proven }: Pick<TokenRequest, 'form' | 'proven'>,
  sha256: Sha256,
): Promise<void> {
  if (verifier === undefined) throw new OAuthError('invalid_request', 'code_verifier is required')
  if (code.clientId !== client.id || !(await verifyCodeVerifier(verifier, code.codeChallenge, sha256))) {
    throw codeRefused()
  }
  if (code.dpopJkt !== null && code.dpopJkt !== proven.jkt) throw codeRefused()
}

/** One answer for every code that buys nothing: unknown, expired, spent, another client's, without its verifier or key. */
export function codeRefused(): OAuthError {
  return new OAuthError('invalid_grant', 'the code is not valid for this request')
}
