/** `GET` and `POST /oauth/userinfo` (OpenID Connect Core §5.3). The token travels in the `Authorization` header only. */

import { createGuard } from '@countersign/guard'
import type { ReplayStore } from '@countersign/guard'
import { bearerChallenge, OAuthError } from '@countersign/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Clock } from '../../clock.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import type { GrantStore, UserStore } from '../../store/records.ts'
import { userinfoClaims } from './userinfo-claims.ts'
import type { UserinfoClaims } from './userinfo-claims.ts'

export interface UserinfoEndpointDeps {
  readonly issuer: string
  readonly users: Pick<UserStore, 'find'>
  readonly grants: Pick<GrantStore, 'find'>
  readonly keys: Pick<KeyRings, 'verificationKeys'>
  readonly replay: ReplayStore
  readonly clock: Clock
}

export const userinfoEndpoint: FastifyPluginAsync<UserinfoEndpointDeps> = async (app, deps) => {
  const { issuer, users, grants, keys, replay, clock } = deps
  const guard = createGuard({ issuer, audience: issuer, keys: () => keys.verificationKeys(), replay, clock })
  app.addHook('onClose', async () => guard.close())

  const tell = async ({ method, url, raw }: FastifyRequest): Promise<UserinfoClaims> => {
    const { subject, scope, claims } = await guard.authenticate(
      { method, url, rawHeaders: raw.rawHeaders },
      { scope: 'openid' },
    )
    // The guard verifies offline; here the server is asked about its own grants, and knows better than "exp".
    const grant = await grants.find(String(claims['sid']))
    const user = grant?.revokedAt === null ? await users.find(subject) : undefined
    if (user === undefined || user.disabledAt !== null) throw tokenRevoked()
    return userinfoClaims(user, scope)
  }
  app.route({
    method: ['GET', 'POST'],
    url: '/oauth/userinfo',
    config: { cors: 'registered' },
    handler: async (request) => tell(request),
  })
}

function tokenRevoked(): OAuthError {
  const description = 'the token is revoked'
  const challenge = bearerChallenge({ error: 'invalid_token', errorDescription: description })
  return new OAuthError('invalid_token', description, { headers: { 'www-authenticate': challenge } })
}
