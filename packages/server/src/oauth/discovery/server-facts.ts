/** What this server can do, as its metadata says it. */

import type { OpenidFacts } from '@countersign/protocol'
import { userScopes } from '../../client-permissions/index.ts'

export const serverFacts: OpenidFacts = {
  // Those of APIs are left out: which APIs there are is not for everybody.
  scopes: userScopes,
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  clientAuthenticationMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
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
  ],
}
