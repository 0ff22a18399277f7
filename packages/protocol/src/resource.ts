/** Resource indicators: the "resource" parameter. Which resources exist is left to the caller. */

import { OAuthError } from './oauth-error.ts'

// RFC 3986 §4.3, the characters of an absolute URI: no fragment, no space, no control, no non-ASCII.
const absoluteUri = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9._~:/?[\]@!$&'()*+,;=-]|%[0-9a-f]{2})+$/i

/**
 * Answers the resource as it was written: it is compared character by character with an API's audience.
 *
 * @throws {OAuthError} `invalid_target` unless it is an absolute URI without a fragment.
 * @see RFC 8707 §2
 */
export function parseResource(text: string): string {
  if (!absoluteUri.test(text) || !URL.canParse(text)) {
    throw new OAuthError('invalid_target', 'resource must be an absolute URI without a fragment')
  }
  return text
}
