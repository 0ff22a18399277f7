/** The parameters that grant types share: `resource` (one API per token), `single_use` and `session_keys`. Pure. */

import { OAuthError, parseResource, parseScope } from '@countersign/protocol'
import type { Api } from '../../store/records.ts'
import type { TokenForm } from './token-endpoint.ts'

export interface TokenOptions {
  /** The access token shall be good for one request only. */
  readonly singleUse: boolean
  /** The client wants session keys with it. */
  readonly sessionKeys: boolean
}

/**
 * Answers what the client asks of the access token for an API.
 *
 * @throws {OAuthError} `invalid_request` for a value other than `true`: a client that asks for the safer token and
 *   writes it wrongly must not get the other kind.
 * @throws {OAuthError} `invalid_request` for session keys where there are none: the issuer itself never has them.
 */
export function parseTokenOptions(form: TokenForm, api: Pick<Api, 'sessionKeys'> | undefined): TokenOptions {
  const sessionKeys = isTrue(form, 'session_keys')
  if (sessionKeys && api?.sessionKeys !== true) {
    throw new OAuthError('invalid_request', 'there are no session keys for this resource')
  }
  return { singleUse: isTrue(form, 'single_use'), sessionKeys }
}

/** Whether the scope makes the tokens of an API good for one request only, asked for or not. */
export function hasSingleUseScope(api: Pick<Api, 'singleUseScopes'> | undefined, scope: string): boolean {
  return parseScope(scope).some((each) => api?.singleUseScopes.includes(each))
}

function isTrue(form: TokenForm, name: string): boolean {
  const value = form[name]
  if (value !== undefined && value !== 'true') throw new OAuthError('invalid_request', `${name} can only be true`)
  return value === 'true'
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
