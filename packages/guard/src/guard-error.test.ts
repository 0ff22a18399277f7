import { expect, test } from 'vitest'
import { GuardError, guardErrors } from './guard-error.ts'
import type { GuardErrorCode } from './guard-error.ts'

const codes = Object.keys(guardErrors) as GuardErrorCode[]

test('every code has the status and header that its kind of refusal has on the wire', () => {
  const wire = codes.map((code) => {
    const { status, headers } = new GuardError(code, 'why')
    return `${code} ${status} ${Object.entries(headers).flat().join(': ')}`
  })
  const invalidToken = '401 WWW-Authenticate: Bearer error="invalid_token", error_description="why"'
  expect(wire).toEqual([
    'missing_token 401 WWW-Authenticate: Bearer',
    'invalid_request 400 WWW-Authenticate: Bearer error="invalid_request", error_description="why"',
    `token_malformed ${invalidToken}`,
    `token_too_large ${invalidToken}`,
    `token_algorithm_refused ${invalidToken}`,
    `token_header_refused ${invalidToken}`,
    `token_key_unknown ${invalidToken}`,
    `token_signature_invalid ${invalidToken}`,
    `token_expired ${invalidToken}`,
    `token_not_yet_valid ${invalidToken}`,
    `token_too_old ${invalidToken}`,
    `token_issuer_mismatch ${invalidToken}`,
    `token_audience_mismatch ${invalidToken}`,
    `token_type_mismatch ${invalidToken}`,
    `token_claim_missing ${invalidToken}`,
    `token_claim_invalid ${invalidToken}`,
    `proof_required ${invalidToken}`,
    'insufficient_scope 403 WWW-Authenticate: Bearer error="insufficient_scope", error_description="why"',
    'insufficient_user_authentication 401 WWW-Authenticate: Bearer error="insufficient_user_authentication", error_description="why"',
    `single_use_required ${invalidToken}`,
    `token_replayed ${invalidToken}`,
    `replay_store_reset ${invalidToken}`,
    'replay_store_full 503 Retry-After: 5',
    'replay_store_unavailable 503 Retry-After: 5',
    'replay_store_missing 503 ',
    'keys_unavailable 503 Retry-After: 5',
  ])
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
