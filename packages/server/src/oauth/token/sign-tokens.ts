/**
 * Signs the access token and the ID token of an exchange and shapes the answer.
 *
 * Nothing is issued yet: the caller records it, on condition that the grant is alive, before anything is sent.
 */

import { randomUUID } from 'node:crypto'
import { includesScope, parseScope } from '@countersign/protocol'
import { signJwt } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import type { EpochSeconds } from '../../clock.ts'
import type { Api, AuditEvent, Grant } from '../../store/records.ts'
import { accessTokenClaims, idTokenClaims } from './claims.ts'
import type { TokenEndpointDeps, TokenRequest, TokenResponse } from './token-endpoint.ts'

export interface TokenOrder {
  readonly grant: Grant
  /** The API that the access token is for; `undefined` for the issuer itself. */
  readonly api: Api | undefined
  /** Space-separated; may be less than the grant's. */
  readonly scope: string
  readonly singleUse: boolean
  /** For the ID token; null where the request for the tokens had none. */
  readonly nonce: string | null
  readonly now: EpochSeconds
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
  const { grant, scope } = order
  const tokenId = randomUUID()
  const accessToken = await signAccessToken(tokenId, order, deps)
  const wantsIdToken = grant.userId !== null && includesScope(parseScope(scope), ['openid'])
  return {
    response: {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: deps.lifetimes.accessTokenLifetimeSeconds,
      ...(scope !== '' && { scope }),
      ...(wantsIdToken && { id_token: await signIdToken(accessToken, order, request, deps) }),
    },
    issued: makeEvent(deps.clock, {
      type: 'token.issued',
      actor: `client:${grant.clientId}`,
      userId: grant.userId,
      clientId: grant.clientId,
      grantId: grant.id,
      address: request.address,
      detail: {
        grant_type: request.form.grant_type ?? '',
        token_id: tokenId,
        audience: grant.resource ?? deps.issuer,
        scope,
        single_use: order.singleUse,
      },
    }),
  }
}

async function signAccessToken(tokenId: string, order: TokenOrder, deps: TokenEndpointDeps): Promise<string> {
  const { api, ...facts } = order
  const lifetimeSeconds = deps.lifetimes.accessTokenLifetimeSeconds
  const claims = accessTokenClaims({ ...facts, issuer: deps.issuer, tokenId, lifetimeSeconds })
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
