/** A client as tests need it: say what matters to the test, the rest is plain. */

import type { Client } from '../store/records.ts'

export function makeClient(facts: Partial<Client> = {}): Client {
  return {
    id: 'shop',
    name: 'The shop',
    authentication: 'none',
    secretHash: null,
    jwks: null,
    tlsSubject: null,
    certificateThumbprints: [],
    dpopBound: false,
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'email', 'orders:read', 'orders:write'],
    audiences: [],
    serves: [],
    firstParty: true,
    origins: [],
    idTokenAlg: 'RS256',
    createdAt: 1_700_000_000,
    ...facts,
  }
}
