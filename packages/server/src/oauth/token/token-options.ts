/** The parameters that grant types share: `resource` (one API per token) and `single_use`. Pure. */

import { OAuthError, parseResource } from '@countersign/protocol'
import type { TokenForm } from './token-endpoint.ts'

/**
 * Answers whether the access token shall be good for one request only.
 *
 * @throws {OAuthError} `invalid_request` for a value other than `true`: a client that asks for the safer token and
 * writes it wrongly must not get the other kind.
 */
export function parseSingleUse({ single_use: singleUse }: TokenForm): boolean {
  if (singleUse !== undefined && singleUse !== 'true') {
    throw new OAuthError('invalid_request', 'single_use can only be true')
  }
  return singleUse === 'true'
}

/**
 * Checks that a request for tokens of a grant names, if any, the resource that was granted.
 *
 * @throws {OAuthError} `invalid_target` if it names another.
 * @see RFC 8707 §2.2
 */
export function checkSameResource({ resource }: TokenForm, granted: string | null, issuer: string): void {
  if (resource !== undefined && parseResource(resource) !== (granted ?? issuer)) {
    throw new OAuthError('invalid_target', 'the resource is not the one that was granted')
  }
}
