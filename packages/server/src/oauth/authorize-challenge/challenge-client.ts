/** Which clients may use the authorization challenge endpoint, and from where. Pure. That they are who they say is not judged here. */

import { OAuthError } from '@countersign/protocol'
import type { Client } from '../../store/records.ts'

/**
 * Refuses a browser on a page that is neither the issuer's nor the client's: there, a foreign page would ask people for
 * their password. No browser sends a cross-origin POST without `Origin`, and no page can forge it.
 *
 * @throws {OAuthError} `access_denied` (403)
 */
export function checkOrigin(origin: string | undefined, issuer: string, client: Client | undefined): void {
  if (origin === undefined || origin === new URL(issuer).origin || client?.origins.includes(origin) === true) return
  throw new OAuthError('access_denied', 'this client may not be used from this origin', { status: 403 })
}

/**
 * Checks that an administrator trusts the client with people's passwords.
 *
 * @throws {OAuthError} `unauthorized_client`
 * @see draft-ietf-oauth-first-party-apps-04 §5, §9.1
 */
export function checkFirstParty(client: Client): void {
  if (client.firstParty && client.grantTypes.includes('authorization_code')) return
  throw new OAuthError('unauthorized_client', 'the client may not use the authorization challenge endpoint')
}
