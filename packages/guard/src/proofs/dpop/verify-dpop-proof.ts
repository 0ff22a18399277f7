/**
 * Verifies a DPoP proof (RFC 9449 §4.3). That its "jti" is spent once is left to the caller, who has the store.
 *
 * One signature is verified, and for a returning client that is nearly all there is to do.
 */

import { TokenError, verifyText } from '@countersign/tokens'
import type { EpochSeconds, Key } from '@countersign/tokens'
import { GuardError } from '../../guard-error.ts'
import { checkProofClaims, parseProofClaims } from './proof-claims.ts'
import type { ProofExpectations } from './proof-claims.ts'
import { keyRefused, parseProofHeader, parseProofKey, recallProofKey, rememberProofKey } from './proof-key.ts'

export interface ExpectedDpopProof extends ProofExpectations {
  /** The thumbprint of the key that the proof must be signed with. */
  readonly jkt?: string
}

export interface DpopProof {
  /** The client's public key. */
  readonly key: Key
  /** Its thumbprint (RFC 7638). */
  readonly jkt: string
  /** To be spent with the `jkt`: `spendId('dpop', jkt, jti)`. */
  readonly jti: string
  readonly iat: EpochSeconds
  readonly nonce: string | undefined
}

/** The longest proof, in bytes. */
const maxProofBytes = 8192
const compactJws = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/**
 * Answers what a proof proves.
 *
 * @param proof The value of the one `DPoP` header.
 * @throws {GuardError} `dpop_…`, but for `dpop_proof_required`, `dpop_proof_duplicated`, `dpop_token_unbound` and
 * `dpop_proof_replayed`, which are not about the proof alone.
 */
export function verifyDpopProof(proof: string, expected: ExpectedDpopProof): DpopProof {
  if (proof.length > maxProofBytes) throw new GuardError('dpop_proof_too_large', 'the DPoP proof is too large')
  if (!compactJws.test(proof)) throw new GuardError('dpop_proof_malformed', 'the DPoP proof is not a compact JWS')
  const headerEnd = proof.indexOf('.')
  const payloadEnd = proof.lastIndexOf('.')
  const encodedHeader = proof.slice(0, headerEnd)
  // What costs most comes last, for anybody can send a proof that nobody signed: the key, then the signature.
  const known = recallProofKey(encodedHeader) ?? parseProofHeader(encodedHeader)
  const claims = parseProofClaims(proof.slice(headerEnd + 1, payloadEnd))
  checkProofClaims(claims, expected)
  const proofKey = 'jkt' in known ? known : parseProofKey(known)
  const { key, jkt } = proofKey
  if (expected.jkt !== undefined && jkt !== expected.jkt) {
    throw new GuardError('dpop_key_mismatch', 'the token is bound to another key than the DPoP proof’s')
  }
  verifySignature(proof.slice(0, payloadEnd), proof.slice(payloadEnd + 1), key)
  if (proofKey !== known) rememberProofKey(encodedHeader, proofKey)
  return { key, jkt, jti: claims.jti, iat: claims.iat, nonce: claims.nonce }
}

function verifySignature(input: string, signature: string, key: Key): void {
  try {
    if (verifyText(input, signature, key)) return
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (error.code === 'key_unusable') throw keyRefused('holds a key that may not verify', error)
  }
  throw new GuardError('dpop_signature_invalid', 'the signature of the DPoP proof does not hold')
}
