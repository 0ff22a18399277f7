/** `GET` and `POST /oauth/userinfo` (OpenID Connect Core §5.3). The token travels in the `Authorization` header only. */

import { createGuard } from '@countersign/guard'
import type { ReplayStore } from '@countersign/guard'
import { bearerChallenge, OAuthError } from '@countersign/protocol'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { userRights } from '../../client-permissions/index.ts'
import type { Clock } from '../../clock.ts'
import { toGuardRequest } from '../../http/index.ts'
import type { ReadClientCertificate } from '../../http/index.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import { findLiveGrant } from '../../store/live-grant.ts'
import type { ClientStore, GrantStore, RoleStore, UserStore } from '../../store/records.ts'
import { userinfoClaims } from './userinfo-claims.ts'
import type { UserinfoClaims } from './userinfo-claims.ts'

export interface UserinfoEndpointDeps {
  readonly issuer: string
  readonly users: Pick<UserStore, 'find'>
  readonly roles: Pick<RoleStore, 'list'>
  readonly grants: Pick<GrantStore, 'find'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly keys: Pick<KeyRings, 'verificationKeys'>
  readonly replay: ReplayStore
  /** 32 bytes in base64url: of the nonces that the token endpoint gives out and takes, too. */
  readonly nonceSecret: string
  readonly readCertificate: ReadClientCertificate
  readonly clock: Clock
}

export const userinfoEndpoint: FastifyPluginAsync<UserinfoEndpointDeps> = async (app, deps) => {
  const { issuer, users, keys, replay, nonceSecret, clock } = deps
  const { origin } = new URL(issuer)
  const options = { issuer, audience: issuer, origin, keys: () => keys.verificationKeys(), replay, nonceSecret, clock }
  // Of browsers a nonce is demanded. The token endpoint demands one of every public client; here proofs made ahead are of
  // use for as long as their token, which is minutes.
  const guards = { browsers: createGuard({ ...options, dpopNonce: 'required' }), others: createGuard(options) }
  const admit = {
    browsers: guards.browsers.forRoute({ scope: 'openid' }),
    others: guards.others.forRoute({ scope: 'openid' }),
  }
  app.addHook('onClose', async () => {
    for (const guard of Object.values(guards)) guard.close()
  })

  const tell = async (request: FastifyRequest, reply: FastifyReply): Promise<UserinfoClaims> => {
    const kind = request.headers.origin === undefined ? 'others' : 'browsers'
    const admission = await admit[kind](toGuardRequest(request, deps))
    void reply.headers(admission.headers)
    const { subject, scope, claims } = admission.grant
    // The guard verifies offline; here the server is asked about its own grants, and knows better than "exp".
    const grant = await findLiveGrant(claims, deps)
    const user = grant && (await users.find(subject))
    if (user === undefined || user.disabledAt !== null) throw tokenRevoked()
    const { roles } = await userRights(user, null, '', deps)
    return userinfoClaims(user, scope, roles)
  }
  app.route({
    method: ['GET', 'POST'],
    url: '/oauth/userinfo',
    config: { cors: 'registered' },
    handler: tell,
  })
}

function tokenRevoked(): OAuthError {
  const description = 'the token is revoked'
  const challenge = bearerChallenge({ error: 'invalid_token', errorDescription: description })
  return new OAuthError('invalid_token', description, { headers: { 'www-authenticate': challenge } })
}
