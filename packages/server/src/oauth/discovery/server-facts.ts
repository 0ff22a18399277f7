/** What this server can do, as its metadata says it. */

import { tokenExchangeGrantType } from '@countersign/protocol'
import type { OpenidFacts } from '@countersign/protocol'
import { userScopes } from '../../client-permissions/index.ts'

/** @param certificateMethods How clients may authenticate by certificates here; none: not at all. */
export function serverFacts(certificateMethods: readonly string[]): OpenidFacts {
  return {
    // Those of APIs are left out: which APIs there are is not for everybody.
    scopes: userScopes,
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', tokenExchangeGrantType],
    clientAuthenticationMethods: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      ...certificateMethods,
    ],
    certificateBoundTokens: certificateMethods.length > 0,
    clientAssertionAlgorithms: [
      'ES256',
      'ES384',
      'ES512',
      'Ed25519',
      'EdDSA',
      'PS256',
      'PS384',
      'PS512',
      'RS256',
      'RS384',
      'RS512',
    ],
    idTokenAlgorithms: ['RS256', 'ES256'],
    claims: [
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'nbf',
      'sid',
      'auth_time',
      'acr',
      'amr',
      'nonce',
      'at_hash',
      'preferred_username',
      'email',
      'roles',
    ],
  }
}
