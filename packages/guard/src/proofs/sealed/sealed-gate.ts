/** Sealed bodies at the guard: opened, once each, and the answers sealed. */

import type { EpochSeconds } from '@countersign/tokens'
import type { AccessToken } from '../../access-token.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { spendId } from '../../replay/spend-id.ts'
import { spendOnce } from '../../replay/spend-once.ts'
import type { SpendOptions } from '../../replay/spend-once.ts'
import { targetUri } from '../../target-uri.ts'
import type { FindSessionKeys } from '../session-keys.ts'
import { findSealedRequest } from './find-sealed-request.ts'
import { answerSealer, maxSealedAgeSeconds, openSealedRequest } from './open-sealed-request.ts'
import type { OpenedRequest } from './open-sealed-request.ts'
import type { Seal } from './seal.ts'

export interface SealedGateOptions {
  /** As `parseOrigin` answers it. */
  readonly origin: string
  readonly clock: () => EpochSeconds
  readonly spending: SpendOptions
  readonly findSessionKeys: FindSessionKeys
}

export interface SealedRequest extends OpenedRequest {
  readonly seal: Seal
}

export interface SealedGate {
  /**
   * Answers what was sealed in a request.
   *
   * @param token The access token as it was sent.
   * @throws {GuardError} `sealed_…`, `session_key_unavailable`, `invalid_request`, `body_…`
   */
  open(request: GuardRequest, accessToken: AccessToken, token: string): Promise<SealedRequest>
  /** @throws {GuardError} `sealed_replayed`, and what `spendOnce` throws. */
  spend(opened: SealedRequest, accessToken: AccessToken): Promise<void>
}

export function sealedGate({ origin, clock, spending, findSessionKeys }: SealedGateOptions): SealedGate {
  return {
    async open(request, accessToken, token) {
      const uri = targetUri(origin, request.url)
      const keys = findSessionKeys(accessToken)
      const { sealed, mayHoldBody } = await findSealedRequest(request)
      const opened = openSealedRequest(sealed, {
        method: request.method,
        targetUri: uri,
        accessToken: token,
        now: clock(),
        clockSkewSeconds: spending.clockSkewSeconds,
        openingKey: keys.opening,
        mayHoldBody,
      })
      return { ...opened, seal: answerSealer(sealed, keys.sealing, clock) }
    },
    spend: ({ nonce, issuedAt }, { grant }) =>
      spendOnce(
        {
          id: spendId('seal', grant.tokenId, nonce),
          issuedAt,
          expiresAt: issuedAt + maxSealedAgeSeconds,
          name: 'sealed request',
          replayed: 'sealed_replayed',
        },
        spending,
      ),
  }
}
