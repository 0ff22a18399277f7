/** `POST /oauth/revoke` (RFC 7009). */

import { OAuthError } from '@countersign/protocol'
import { hashToken } from '@countersign/tokens'
import type { FastifyPluginAsync } from 'fastify'
import { makeEvent } from '../../audit/audit.ts'
import type { AuthenticateClient } from '../../client-authentication/index.ts'
import type { Clock } from '../../clock.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import { verifyIssuedToken } from '../../keys/verify-issued-token.ts'
import type { Grant, GrantStore } from '../../store/records.ts'

export interface RevocationEndpointDeps {
  readonly issuer: string
  readonly grants: Pick<GrantStore, 'find' | 'findRefreshToken' | 'revoke'>
  readonly keys: Pick<KeyRings, 'verificationKeys'>
  readonly clock: Clock
  readonly authenticateClient: AuthenticateClient
}

export const revocationEndpoint: FastifyPluginAsync<RevocationEndpointDeps> = async (app, deps) => {
  app.post('/oauth/revoke', { config: { cors: 'registered' } }, async (request, reply) => {
    const { client } = await deps.authenticateClient(request)
    // `token_type_hint` is not needed: the two kinds look different. A hint that we do not know changes nothing (§2.1).
    const { token } = (request.body ?? {}) as Readonly<Record<string, string>>
    if (token === undefined) throw new OAuthError('invalid_request', 'token is required')

    const found = (await deps.grants.findRefreshToken(hashToken(token))) ?? (await findByAccessToken(token, deps))
    // What is unknown or dead already needs no revoking: the client's wish is fulfilled (§2.2).
    if (found === undefined) return reply.send()
    const { grant } = found
    if (found.token.clientId !== client.id)
      throw new OAuthError('invalid_grant', 'the token was issued to another client')
    // It came of an exchange: a service that was called by an app must not be able to end the app's sign-in.
    if (grant.clientId !== client.id) {
      throw new OAuthError('unsupported_token_type', 'the token ends with the grant of the client that it came from')
    }
    await deps.grants.revoke(
      grant.id,
      deps.clock(),
      makeEvent(deps.clock, {
        type: 'grant.revoked',
        actor: `client:${client.id}`,
        userId: grant.userId,
        clientId: client.id,
        grantId: grant.id,
        address: request.ip,
      }),
    )
    return reply.send()
  })
}

interface FoundToken {
  readonly token: { readonly clientId: unknown }
  readonly grant: Grant
}

async function findByAccessToken(token: string, deps: RevocationEndpointDeps): Promise<FoundToken | undefined> {
  const claims = verifyIssuedToken(token, deps)
  const grant = claims && (await deps.grants.find(claims.sid))
  return grant && { token: { clientId: claims['client_id'] }, grant }
}
