import type { TokenErrorCode } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { GuardError, guardErrors } from './guard-error.ts'
import type { GuardErrorCode } from './guard-error.ts'

const codes = Object.keys(guardErrors) as GuardErrorCode[]

test('every code has the status and header that its kind of refusal has on the wire', () => {
  const wire = codes.map((code) => {
    const { status, headers } = new GuardError(code, 'why')
    return `${code} ${status} ${Object.entries(headers).flat().join(': ')}`
  })
  const bearer = (error: string) => `WWW-Authenticate: Bearer error="${error}", error_description="why"`
  const dpop = (error: string) =>
    `WWW-Authenticate: DPoP error="${error}", error_description="why", algs="ES256 Ed25519 EdDSA"`
  const invalidToken = `401 ${bearer('invalid_token')}`
  const proofRefused = `401 ${bearer('invalid_request')}`
  const tokenNeedsDpop = `401 ${dpop('invalid_token')}`
  const invalidProof = `401 ${dpop('invalid_dpop_proof')}`
  const useNonce = `401 ${dpop('use_dpop_nonce')}`
  const later = '503 Retry-After: 5'
  expect(wire).toEqual([
    'missing_token 401 WWW-Authenticate: Bearer',
    `invalid_request 400 ${bearer('invalid_request')}`,
    `token_malformed ${invalidToken}`,
    `token_too_large ${invalidToken}`,
    `token_algorithm_refused ${invalidToken}`,
    `token_header_refused ${invalidToken}`,
    `token_key_unknown ${invalidToken}`,
    `token_signature_invalid ${invalidToken}`,
    `token_expired ${invalidToken}`,
    `token_not_yet_valid ${invalidToken}`,
    `token_issuer_mismatch ${invalidToken}`,
    `token_audience_mismatch ${invalidToken}`,
    `token_type_mismatch ${invalidToken}`,
    `token_claim_missing ${invalidToken}`,
    `token_claim_invalid ${invalidToken}`,
    `proof_required ${invalidToken}`,
    `insufficient_scope 403 ${bearer('insufficient_scope')}`,
    `insufficient_role 403 ${bearer('insufficient_scope')}`,
    `insufficient_user_authentication 401 ${bearer('insufficient_user_authentication')}`,
    `single_use_required ${invalidToken}`,
    `token_replayed ${invalidToken}`,
    `dpop_proof_required ${tokenNeedsDpop}`,
    `dpop_proof_duplicated ${invalidProof}`,
    `dpop_proof_malformed ${invalidProof}`,
    `dpop_proof_too_large ${invalidProof}`,
    `dpop_type_mismatch ${invalidProof}`,
    `dpop_algorithm_refused ${invalidProof}`,
    `dpop_key_refused ${invalidProof}`,
    `dpop_header_refused ${invalidProof}`,
    `dpop_signature_invalid ${invalidProof}`,
    `dpop_claim_missing ${invalidProof}`,
    `dpop_claim_invalid ${invalidProof}`,
    `dpop_method_mismatch ${invalidProof}`,
    `dpop_uri_mismatch ${invalidProof}`,
    `dpop_proof_expired ${invalidProof}`,
    `dpop_proof_in_future ${invalidProof}`,
    `dpop_token_mismatch ${invalidProof}`,
    `dpop_key_mismatch ${tokenNeedsDpop}`,
    `dpop_token_unbound ${tokenNeedsDpop}`,
    `dpop_nonce_required ${useNonce}`,
    `dpop_nonce_refused ${useNonce}`,
    `dpop_proof_replayed ${invalidProof}`,
    `certificate_required ${invalidToken}`,
    `certificate_malformed ${invalidToken}`,
    `certificate_duplicated ${invalidToken}`,
    `certificate_source_refused ${invalidToken}`,
    `certificate_mismatch ${invalidToken}`,
    `certificate_token_unbound ${invalidToken}`,
    `signature_required ${proofRefused}`,
    `signature_malformed ${proofRefused}`,
    `signature_duplicated ${proofRefused}`,
    `signature_component_missing ${proofRefused}`,
    `signature_component_refused ${proofRefused}`,
    `signature_parameter_missing ${proofRefused}`,
    `signature_parameter_invalid ${proofRefused}`,
    `signature_algorithm_refused ${proofRefused}`,
    `signature_key_unknown ${proofRefused}`,
    `signature_invalid ${proofRefused}`,
    `signature_expired ${proofRefused}`,
    `signature_in_future ${proofRefused}`,
    `signature_replayed ${proofRefused}`,
    `digest_missing ${proofRefused}`,
    `digest_malformed ${proofRefused}`,
    `digest_mismatch ${proofRefused}`,
    `session_key_unavailable ${proofRefused}`,
    `sealed_required ${proofRefused}`,
    `sealed_malformed ${proofRefused}`,
    `sealed_header_refused ${proofRefused}`,
    `sealed_decryption_failed ${proofRefused}`,
    `sealed_mismatch ${proofRefused}`,
    `sealed_expired ${proofRefused}`,
    `sealed_in_future ${proofRefused}`,
    `sealed_replayed ${proofRefused}`,
    `token_revoked ${invalidToken}`,
    `status_missing ${invalidToken}`,
    `status_list_refused ${invalidToken}`,
    `status_unavailable ${later}`,
    `status_list_invalid ${later}`,
    'body_too_large 413 Connection: close',
    'body_incomplete 400 ',
    'answer_unsealable 500 ',
    `replay_store_reset ${invalidToken}`,
    `replay_store_full ${later}`,
    `replay_store_unavailable ${later}`,
    'replay_store_missing 503 ',
    `keys_unavailable ${later}`,
  ])
})

test('whatever the tokens package refuses an access token with is a code here: no age is asked for, nothing is encrypted', () => {
  type Foreign = 'token_too_old' | 'token_decryption_failed'
  // That this can be assigned is the proof.
  const refusals: Readonly<Record<Exclude<Extract<TokenErrorCode, `token_${string}`>, Foreign>, unknown>> = guardErrors
  expect(Object.keys(refusals)).toContain('token_expired')
})

test('the body is problem details (RFC 9457)', () => {
  expect(new GuardError('token_expired', 'the token has expired').toBody()).toEqual({
    type: 'about:blank',
    title: 'Unauthorized',
    status: 401,
    code: 'token_expired',
    detail: 'the token has expired',
  })
})
