/** Makes refresh tokens: what travels and what the store keeps. Recording it is the grant types' job. */

import { hashToken, makeOpaqueToken } from '@countersign/tokens'
import type { EpochSeconds } from '../../clock.ts'
import type { Grant, RefreshToken } from '../../store/records.ts'
import { refreshTokenKey } from './proven-keys.ts'
import type { TokenRequest } from './token-endpoint.ts'

export interface NewRefreshToken {
  readonly text: string
  readonly record: RefreshToken
}

/** The idle end slides with each new token and never passes the end of the family. */
export function makeRefreshToken(
  grant: Grant,
  request: Pick<TokenRequest, 'client' | 'proven'>,
  times: { readonly now: EpochSeconds; readonly idleSeconds: number; readonly familyExpiresAt: EpochSeconds },
): NewRefreshToken {
  const text = makeOpaqueToken('rt')
  const { familyExpiresAt } = times
  const expiresAt = Math.min(times.now + times.idleSeconds, familyExpiresAt)
  return {
    text,
    record: {
      hash: hashToken(text),
      grantId: grant.id,
      clientId: grant.clientId,
      jkt: refreshTokenKey(request),
      expiresAt,
      familyExpiresAt,
    },
  }
}
