/** The claims of a DPoP proof: their form, and that they are about this request (RFC 9449 §4.3). */

import { hash } from 'node:crypto'
import { dpopTargetUri } from '@countersign/protocol'
import type { DpopClaims } from '@countersign/protocol'
import { equalsConstantTime, parseEncodedJsonObject } from '@countersign/tokens'
import type { EpochSeconds } from '@countersign/tokens'
import { GuardError } from '../../guard-error.ts'
import type { DpopNonces } from './dpop-nonces.ts'

/** How old a proof may be, in seconds. */
export const maxProofAgeSeconds = 60

export interface ProofExpectations {
  readonly method: string
  /** The target URI; its query is not looked at. */
  readonly uri: string
  readonly now: EpochSeconds
  /** How far ahead the client's clock may be, in seconds. */
  readonly skew: number
  /** The access token that comes with the proof: "ath" must be its hash. */
  readonly accessToken?: string
  /** Where nonces come from. Without it "nonce" is not looked at; one that is there must be good in any case. */
  readonly nonce?: { readonly nonces: DpopNonces; readonly required: boolean }
}

/** One jti is the random part of one proof: longer ones only fill memories. */
const maxJtiLength = 256

/** @throws {GuardError} `dpop_proof_malformed`, `dpop_claim_missing`, `dpop_claim_invalid` */
export function parseProofClaims(encodedPayload: string): DpopClaims {
  const claims = parsePayload(encodedPayload)
  const { jti, htm, htu, iat, ath, nonce } = claims
  for (const name of ['jti', 'htm', 'htu', 'iat']) {
    if (claims[name] === undefined) throw new GuardError('dpop_claim_missing', `the DPoP proof lacks '${name}'`)
  }
  if (!isText(jti) || jti === '' || jti.length > maxJtiLength) throw invalid('jti')
  if (!isText(htm)) throw invalid('htm')
  if (!isText(htu)) throw invalid('htu')
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw invalid('iat')
  if (ath !== undefined && !isText(ath)) throw invalid('ath')
  if (nonce !== undefined && !isText(nonce)) throw invalid('nonce')
  return { jti, htm, htu, iat, ...(ath !== undefined && { ath }), ...(nonce !== undefined && { nonce }) }
}

/**
 * @throws {GuardError} `dpop_method_mismatch`, `dpop_uri_mismatch`, `dpop_proof_in_future`, `dpop_proof_expired`,
 * `dpop_claim_missing`, `dpop_token_mismatch`, `dpop_nonce_required`, `dpop_nonce_refused`
 */
export function checkProofClaims(claims: DpopClaims, expected: ProofExpectations): void {
  const { method, uri, now, skew, accessToken, nonce } = expected
  if (claims.htm !== method) throw new GuardError('dpop_method_mismatch', 'the DPoP proof is for another method')
  if (!isSameTarget(claims.htu, uri)) throw new GuardError('dpop_uri_mismatch', 'the DPoP proof is for another URI')
  if (!(claims.iat <= now + skew)) throw new GuardError('dpop_proof_in_future', 'the DPoP proof is from the future')
  if (!(now - claims.iat <= maxProofAgeSeconds)) {
    throw new GuardError('dpop_proof_expired', 'the DPoP proof is too old')
  }
  if (accessToken !== undefined) {
    if (claims.ath === undefined) throw new GuardError('dpop_claim_missing', "the DPoP proof lacks 'ath'")
    if (!equalsConstantTime(claims.ath, hash('sha256', accessToken, 'base64url'))) {
      throw new GuardError('dpop_token_mismatch', 'the DPoP proof is for another access token')
    }
  }
  if (nonce !== undefined) checkNonce(claims.nonce, nonce)
}

function checkNonce(nonce: string | undefined, { nonces, required }: NonNullable<ProofExpectations['nonce']>): void {
  if (nonce === undefined) {
    if (required) throw new GuardError('dpop_nonce_required', 'a DPoP proof with a nonce of ours is required')
    return
  }
  if (!nonces.check(nonce))
    throw new GuardError('dpop_nonce_refused', 'the nonce of the DPoP proof is not good any more')
}

function isSameTarget(htu: string, uri: string): boolean {
  const target = dpopTargetUri(uri)
  return target !== undefined && (htu === target || dpopTargetUri(htu) === target)
}

function parsePayload(encodedPayload: string): Readonly<Record<string, unknown>> {
  try {
    return parseEncodedJsonObject(encodedPayload)
  } catch (cause) {
    throw new GuardError('dpop_proof_malformed', 'the DPoP proof has no JSON payload', { cause })
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function invalid(name: string): GuardError {
  return new GuardError('dpop_claim_invalid', `the claim '${name}' of the DPoP proof is malformed`)
}
