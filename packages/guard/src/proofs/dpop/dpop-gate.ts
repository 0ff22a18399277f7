/**
 * DPoP at the guard: which requests need a proof, that it holds, and that it comes once.
 *
 * A token that is bound to a key is taken with its proof alone, demanded or not; one that is not bound is not taken for
 * one that is (RFC 9449 §7.1, §7.2).
 */

import { randomBytes } from 'node:crypto'
import type { EpochSeconds } from '@countersign/tokens'
import type { Credentials } from '../../credentials.ts'
import { GuardError } from '../../guard-error.ts'
import { headerValues } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { spendId } from '../../replay/spend-id.ts'
import { spendOnce } from '../../replay/spend-once.ts'
import type { SpendOptions } from '../../replay/spend-once.ts'
import { targetUri } from '../../target-uri.ts'
import { dpopNonces } from './dpop-nonces.ts'
import type { DpopNonces } from './dpop-nonces.ts'
import { maxProofAgeSeconds } from './proof-claims.ts'
import { verifyDpopProof } from './verify-dpop-proof.ts'
import type { DpopProof } from './verify-dpop-proof.ts'

export interface DpopOptions {
  /** As `parseOrigin` answers it. Without one no proof is taken. */
  readonly origin: string | undefined
  readonly dpopNonce: 'required' | 'off'
  readonly nonceSecret: string | undefined
  readonly clock: () => EpochSeconds
  readonly spending: SpendOptions
  /** The store was born in this process. */
  readonly isStoreOurs: boolean
}

export interface DpopGate {
  /**
   * Answers the proof of a request, if it needs one.
   *
   * @throws {GuardError} `dpop_…`, `proof_required`, `invalid_request`
   */
  verify(
    request: GuardRequest,
    credentials: Credentials,
    jkt: string | undefined,
    demanded: boolean,
  ): DpopProof | undefined
  /** @throws {GuardError} `dpop_proof_replayed`, `dpop_nonce_required`, and what `spendOnce` throws. */
  spend(proof: DpopProof): Promise<void>
  /** What the answer to a request with a proof carries. */
  headers(): Readonly<Record<string, string>>
  /** What the answer to a request without a good nonce carries. */
  nonceHeaders(): Readonly<Record<string, string>>
}

// One for all guards of a process, as the replay store in its memory is.
const processSecret = randomBytes(32)

/** @throws {TypeError} if an option makes no sense. */
export function dpopGate(options: DpopOptions): DpopGate {
  const { origin, dpopNonce, nonceSecret, clock, spending, isStoreOurs } = options
  const nonces = dpopNonces(nonceSecret === undefined ? processSecret : parseSecret(nonceSecret), clock)
  if (!['required', 'off'].includes(dpopNonce)) throw new TypeError("dpopNonce must be 'required' or 'off'")
  const isRequired = dpopNonce === 'required'
  const nonceHeaders = (): Readonly<Record<string, string>> => ({ 'DPoP-Nonce': nonces.make() })

  return {
    verify(request, { scheme, token }, jkt, demanded) {
      if (jkt === undefined && scheme === 'Bearer' && !demanded) return undefined
      if (origin === undefined)
        throw new GuardError('proof_required', 'the token is bound to a key, and no proof is taken here')
      if (scheme === 'Bearer')
        throw new GuardError('dpop_proof_required', 'a DPoP-bound token and its proof are required')
      if (jkt === undefined) throw new GuardError('dpop_token_unbound', 'the token is not bound to a key')
      return verifyDpopProof(readProof(request), {
        method: request.method,
        uri: targetUri(origin, request.url),
        now: clock(),
        skew: spending.clockSkewSeconds,
        accessToken: token,
        jkt,
        ...(isRequired && { nonce: { nonces, required: true } }),
      })
    },
    async spend({ jkt, jti, iat, nonce }) {
      const isProvenSince = isStoreOurs && isSince(nonce, nonces, spending)
      const issuedAt = isProvenSince ? Infinity : iat
      const id = spendId('dpop', jkt, jti)
      const expiresAt = iat + maxProofAgeSeconds
      try {
        await spendOnce({ id, issuedAt, expiresAt, name: 'DPoP proof', replayed: 'dpop_proof_replayed' }, spending)
      } catch (error) {
        const isReset = error instanceof GuardError && error.code === 'replay_store_reset'
        if (!isReset || !isStoreOurs || isProvenSince) throw error
        throw new GuardError('dpop_nonce_required', 'after a start, a DPoP proof with a nonce of ours is required')
      }
    },
    headers: () => (isRequired ? nonceHeaders() : {}),
    nonceHeaders,
  }
}

/**
 * Whether a nonce shows that its proof was made since the store's birth, whatever its "iat" says: so that a process that
 * has just started need not refuse every proof until the clocks cannot be at odds any more.
 */
function isSince(nonce: string | undefined, nonces: DpopNonces, { replay }: SpendOptions): boolean {
  const madeAt = nonce === undefined ? undefined : nonces.madeAt(nonce)
  return madeAt !== undefined && replay !== undefined && madeAt >= replay.bornAt
}

function readProof(request: GuardRequest): string {
  const [proof, ...others] = headerValues(request, 'dpop')
  if (proof === undefined) throw new GuardError('dpop_proof_required', 'a DPoP proof is required')
  // Fetch joins two headers by a comma, which no proof holds.
  if (others.length > 0 || proof.includes(',')) throw new GuardError('dpop_proof_duplicated', 'two DPoP proofs')
  return proof
}

function parseSecret(nonceSecret: string): Uint8Array {
  const bytes = Buffer.from(nonceSecret, 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== nonceSecret) {
    throw new TypeError('nonceSecret must be 32 bytes in base64url')
  }
  return bytes
}
