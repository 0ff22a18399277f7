/** Signed requests at the guard: that the signature holds, and that it comes once. */

import type { EpochSeconds } from '@countersign/tokens'
import type { AccessToken } from '../../access-token.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { spendId } from '../../replay/spend-id.ts'
import { spendOnce } from '../../replay/spend-once.ts'
import type { SpendOptions } from '../../replay/spend-once.ts'
import { targetUri } from '../../target-uri.ts'
import type { DpopProof } from '../dpop/verify-dpop-proof.ts'
import type { FindSessionKeys } from '../session-keys.ts'
import { verifyRequestSignature } from './verify-request-signature.ts'
import type { VerifiedSignature } from './verify-request-signature.ts'

export interface SignatureGateOptions {
  /** As `parseOrigin` answers it. */
  readonly origin: string
  readonly clock: () => EpochSeconds
  readonly spending: SpendOptions
  readonly findSessionKeys: FindSessionKeys
}

export interface Signer {
  readonly accessToken: AccessToken
  /** The DPoP proof that came along and held. */
  readonly proof: DpopProof | undefined
  /** Whether the session key will do, which whoever saw the token's arrival has too. */
  readonly maySessionKeySign: boolean
}

export interface SignatureGate {
  /**
   * Answers the signature of a request, and the content that it is over.
   *
   * @throws {GuardError} `signature_…`, `digest_…`, `session_key_unavailable`, `invalid_request`, `body_…`
   */
  verify(request: GuardRequest, signer: Signer): Promise<VerifiedSignature>
  /** @throws {GuardError} `signature_replayed`, and what `spendOnce` throws. */
  spend(signature: VerifiedSignature): Promise<void>
}

export function signatureGate({ origin, clock, spending, findSessionKeys }: SignatureGateOptions): SignatureGate {
  return {
    verify: (request, { accessToken, proof, maySessionKeySign }) =>
      verifyRequestSignature(request, {
        targetUri: targetUri(origin, request.url),
        now: clock(),
        clockSkewSeconds: spending.clockSkewSeconds,
        tokenId: accessToken.grant.tokenId,
        sessionKey: () => findSessionKeys(accessToken).signing,
        maySessionKeySign,
        proofKey: proof,
      }),
    spend: ({ keyid, nonce, created, expires }) =>
      spendOnce(
        {
          id: spendId('sig', keyid, nonce),
          issuedAt: created,
          expiresAt: expires,
          name: 'signature',
          replayed: 'signature_replayed',
        },
        spending,
      ),
  }
}
