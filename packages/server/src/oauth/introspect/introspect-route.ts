/** `POST /oauth/introspect` (RFC 7662). Who is told what: `introspection.ts`. */

import { OAuthError } from '@countersign/protocol'
import { hashToken } from '@countersign/tokens'
import type { FastifyPluginAsync } from 'fastify'
import type { AuthenticateClient } from '../../client-authentication/index.ts'
import type { Clock } from '../../clock.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import { verifyIssuedToken } from '../../keys/verify-issued-token.ts'
import { findLiveGrant } from '../../store/live-grant.ts'
import type { ClientStore, GrantStore } from '../../store/records.ts'
import { inactive, introspectAccessToken, introspectRefreshToken } from './introspection.ts'

export interface IntrospectionEndpointDeps {
  readonly issuer: string
  readonly grants: Pick<GrantStore, 'find' | 'findRefreshToken'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly keys: Pick<KeyRings, 'verificationKeys'>
  readonly clock: Clock
  readonly authenticateClient: AuthenticateClient
}

export const introspectionEndpoint: FastifyPluginAsync<IntrospectionEndpointDeps> = async (app, deps) => {
  const { issuer, grants } = deps
  app.post('/oauth/introspect', async (request) => {
    const { client } = await deps.authenticateClient(request)
    if (client.authentication === 'none') throw new OAuthError('invalid_client', 'a public client may not ask')
    // `token_type_hint` is not needed: the two kinds look different.
    const { token } = (request.body ?? {}) as Readonly<Record<string, string>>
    if (token === undefined) throw new OAuthError('invalid_request', 'token is required')

    const refresh = await grants.findRefreshToken(hashToken(token))
    if (refresh !== undefined) return introspectRefreshToken(refresh, client, { issuer, now: deps.clock() })
    const claims = verifyIssuedToken(token, deps)
    if (claims === undefined) return inactive
    return introspectAccessToken(claims, await findLiveGrant(claims, deps), client)
  })
}
