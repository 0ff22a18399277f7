/** The parameters of an authorization challenge request, read and checked. Pure, but for looking up the API. */

import {
  formatScope,
  includesScope,
  OAuthError,
  parseCodeChallenge,
  parseResource,
  parseScope,
} from '@countersign/protocol'
import { availableScopes, findApi, ownScopePrefix, userScopes } from '../../client-permissions/index.ts'
import type { ApiStore, AuthSession, Client } from '../../store/records.ts'

/** What is asked for: an auth session is bound to it, and the grant will say it. */
export type RequestedGrant = Pick<
  AuthSession,
  'clientId' | 'codeChallenge' | 'scope' | 'resource' | 'nonce' | 'dpopJkt'
>

export type ChallengeForm = Readonly<Record<string, string>>

const maxNonceLength = 512

/**
 * Answers what the client asks for. A missing scope stands for all that the client may have there, but for the scopes
 * that speak of a person, which are always asked for by name. The issuer as resource is the same as none.
 *
 * @param provenJkt The thumbprint of the key of the request's DPoP proof, if it has one.
 * @throws {OAuthError} `invalid_request`, `unsupported_response_type`, `invalid_target`, `invalid_scope`
 * @throws {OAuthError} `invalid_dpop_proof` if `dpop_jkt` names another key than the proof's.
 * @see RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.1, RFC 9449 §10, OpenID Connect Core §3.1.2.1
 */
export async function parseRequestedGrant(
  form: ChallengeForm,
  client: Client,
  provenJkt: string | undefined,
  { apis, issuer }: { readonly apis: Pick<ApiStore, 'find'>; readonly issuer: string },
): Promise<RequestedGrant> {
  const { response_type: responseType, nonce = null } = form
  if (responseType === undefined) throw new OAuthError('invalid_request', 'response_type is required')
  if (responseType !== 'code') throw new OAuthError('unsupported_response_type', 'response_type must be code')
  const codeChallenge = parseCodeChallenge(form['code_challenge'], form['code_challenge_method'])
  if (nonce !== null && nonce.length > maxNonceLength) throw new OAuthError('invalid_request', 'nonce is too long')
  const dpopJkt = findKey(form['dpop_jkt'], provenJkt)
  const named = form['resource'] === undefined ? issuer : parseResource(form['resource'])
  const resource = named === issuer ? null : named
  const available = availableScopes(client, await findApi(resource, client, apis)).filter(
    // What a service may do at the server itself is the service's own: it never rides along with a person's sign-in.
    (scope) => !scope.startsWith(ownScopePrefix),
  )
  const scope = grantScope(form['scope'], available)
  return { clientId: client.id, codeChallenge, scope, resource, nonce, dpopJkt }
}

/** What is only named is bound, too: whoever redeems the code must prove it. */
function findKey(named: string | undefined, provenJkt: string | undefined): string | null {
  if (named === undefined) return provenJkt ?? null
  if (!/^[A-Za-z0-9_-]{43}$/.test(named)) throw new OAuthError('invalid_request', 'dpop_jkt is no SHA-256 thumbprint')
  if (provenJkt !== undefined && named !== provenJkt) {
    throw new OAuthError('invalid_dpop_proof', 'dpop_jkt is not the key of the DPoP proof')
  }
  return named
}

function grantScope(requested: string | undefined, available: readonly string[]): string {
  const scopes =
    requested === undefined ? available.filter((scope) => !userScopes.includes(scope)) : parseScope(requested)
  if (!includesScope(available, scopes)) {
    throw new OAuthError('invalid_scope', 'the scope is not open to this client at this resource')
  }
  return formatScope(scopes)
}
