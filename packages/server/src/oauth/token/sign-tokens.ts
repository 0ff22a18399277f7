/**
 * Signs the access token and the ID token of an exchange and shapes the answer. Here, whatever the grant type, the scope is
 * narrowed to what the API knows and the user's roles give now.
 *
 * Nothing is issued yet: the caller records it, on condition that the grant is alive, before anything is sent.
 */

import { randomUUID } from 'node:crypto'
import { includesScope, parseScope } from '@countersign/protocol'
import { signJwt } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import { findUserRights, knownScope } from '../../client-permissions/index.ts'
import type { EpochSeconds } from '../../clock.ts'
import type { Api, AuditEvent, Grant } from '../../store/records.ts'
import { accessTokenClaims, idTokenClaims } from './claims.ts'
import type { AccessTokenFacts, ExchangeFacts } from './claims.ts'
import { findApiSecret, sessionKeys } from './session-keys.ts'
import type { TokenEndpointDeps, TokenRequest, TokenResponse } from './token-endpoint.ts'
import { hasSingleUseScope } from './token-options.ts'

export interface TokenOrder {
  readonly grant: Grant
  /** The API that the access token is for; `undefined` for the issuer itself. */
  readonly api: Api | undefined
  /** Space-separated; may be less than the grant's. The user may get less. */
  readonly scope: string
  /** Asked for; some scopes make it so anyway. */
  readonly singleUse: boolean
  readonly sessionKeys: boolean
  /** For the ID token; null where the request for the tokens had none. */
  readonly nonce: string | null
  readonly now: EpochSeconds
  /** Where another access token is given for this one. */
  readonly exchange?: ExchangeFacts & { readonly subjectTokenId: string }
}

export interface SignedTokens {
  readonly response: TokenResponse
  readonly issued: AuditEvent
}

export async function signTokens(
  order: TokenOrder,
  request: TokenRequest,
  deps: TokenEndpointDeps,
): Promise<SignedTokens> {
  const { grant, api, exchange, now } = order
  const { accessTokenLifetimeSeconds: lifetimeSeconds } = deps.lifetimes
  const { scope, roles } = await findUserRights(grant, knownScope(order.scope, api), deps)
  const { client, proven } = request
  const tokenId = randomUUID()
  const singleUse = order.singleUse || hasSingleUseScope(api, scope)
  const secret = order.sessionKeys ? await findApiSecret(grant, deps) : undefined
  const facts = { ...order, scope, roles, tokenId, singleUse, sessionKeyVersion: secret?.version, proven }
  const accessToken = await signAccessToken(facts, deps)
  const audience = grant.resource ?? deps.issuer
  const signsIn = grant.userId !== null && exchange === undefined
  const wantsIdToken = signsIn && includesScope(parseScope(scope), ['openid'])
  return {
    response: {
      access_token: accessToken,
      token_type: proven.jkt === undefined ? 'Bearer' : 'DPoP',
      expires_in: Math.min(lifetimeSeconds, (exchange?.endsAt ?? Infinity) - now),
      ...(scope !== '' && { scope }),
      ...(secret && {
        session_keys: sessionKeys(secret, {
          ...{ issuer: deps.issuer, audience, clientId: client.id, tokenId, jkt: proven.jkt },
        }),
      }),
      ...(wantsIdToken && { id_token: await signIdToken(accessToken, order, request, deps) }),
    },
    issued: makeEvent(deps.clock, {
      type: 'token.issued',
      actor: `client:${client.id}`,
      userId: grant.userId,
      clientId: client.id,
      grantId: grant.id,
      address: request.address,
      detail: {
        grant_type: request.form.grant_type ?? '',
        token_id: tokenId,
        audience,
        scope,
        single_use: singleUse,
        ...(exchange && { subject_token_id: exchange.subjectTokenId }),
      },
    }),
  }
}

async function signAccessToken(
  { api, ...facts }: TokenOrder & Omit<AccessTokenFacts, 'issuer' | 'lifetimeSeconds'>,
  deps: TokenEndpointDeps,
): Promise<string> {
  const lifetimeSeconds = deps.lifetimes.accessTokenLifetimeSeconds
  const claims = accessTokenClaims({ ...facts, issuer: deps.issuer, lifetimeSeconds })
  return signJwt(claims, await deps.keys.signingKey(api?.alg ?? 'ES256'), { typ: 'at+jwt' })
}

async function signIdToken(
  accessToken: string,
  { grant, nonce, now }: TokenOrder,
  { client }: TokenRequest,
  { issuer, keys, lifetimes }: TokenEndpointDeps,
): Promise<string> {
  const lifetimeSeconds = lifetimes.idTokenLifetimeSeconds
  const claims = idTokenClaims({ issuer, grant, nonce, accessToken, now, lifetimeSeconds })
  return signJwt(claims, await keys.signingKey(client.idTokenAlg), { typ: 'JWT' })
}
