/** The parameters that every grant type takes: `resource` (one API per token) and `single_use`. */

import { OAuthError, parseResource } from '@countersign/protocol'
import type { Api, ApiStore, Client } from '../../store/records.ts'
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

/**
 * Answers the API that a token is for; `undefined` for the issuer itself.
 *
 * @throws {OAuthError} `invalid_target` if there is none, or the client may not call it.
 */
export async function findApi(
  resource: string | null,
  client: Client,
  apis: Pick<ApiStore, 'find'>,
): Promise<Api | undefined> {
  if (resource === null) return undefined
  const api = client.audiences.includes(resource) ? await apis.find(resource) : undefined
  if (api === undefined) throw new OAuthError('invalid_target', 'the resource is unknown or not open to this client')
  return api
}
