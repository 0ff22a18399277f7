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
  { client, form, address }: TokenRequest,
  deps: TokenEndpointDeps,
): Promise<SignedTokens> {
  const { grant, api, scope, singleUse, nonce, now } = order
  const { issuer, keys, lifetimes } = deps
  const tokenId = randomUUID()
  const facts = { issuer, grant, now, lifetimeSeconds: lifetimes.accessTokenSeconds }

  const accessTokenKey = await keys.signingKey(api?.alg ?? 'ES256')
  const accessToken = signJwt(accessTokenClaims({ ...facts, scope, tokenId, singleUse }), accessTokenKey, {
    typ: 'at+jwt',
  })
  const wantsIdToken = grant.userId !== null && includesScope(parseScope(scope), ['openid'])
  const idToken =
    wantsIdToken &&
    signJwt(idTokenClaims({ ...facts, nonce, accessToken }), await keys.signingKey(client.idTokenAlg), { typ: 'JWT' })

  return {
    response: {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: lifetimes.accessTokenSeconds,
      ...(scope !== '' && { scope }),
      ...(idToken && { id_token: idToken }),
    },
    issued: makeEvent(deps.clock, {
      type: 'token.issued',
      actor: `client:${client.id}`,
      userId: grant.userId,
      clientId: client.id,
      grantId: grant.id,
      address,
      detail: {
        grant_type: form.grant_type ?? '',
        token_id: tokenId,
        audience: grant.resource ?? issuer,
        scope,
        single_use: singleUse,
      },
    }),
  }
}
