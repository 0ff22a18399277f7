/**
 * The one error of this package, and its closed set of codes.
 */

/** Why a token or key was refused. Codes are stable; messages are for people and may change. */
export type TokenErrorCode =
  | 'token_malformed' // not the serialization it claims to be, or not its one canonical encoding
  | 'token_too_large' // longer than the caller allows
  | 'token_algorithm_refused' // "alg" (or "enc") is not the one that the key is for
  | 'token_header_refused' // a header member that must be understood is not, or has the wrong type
  | 'token_key_unknown' // no key, or no single key, answers to the header
  | 'token_signature_invalid'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_too_old'
  | 'token_issuer_mismatch'
  | 'token_audience_mismatch'
  | 'token_type_mismatch'
  | 'token_claim_missing'
  | 'token_claim_invalid' // a claim of the wrong type
  | 'token_decryption_failed' // one code for every cryptographic failure of a JWE, so that it is no oracle
  | 'key_malformed' // not a JWK, or its members contradict one another
  | 'key_too_weak'
  | 'key_unsupported' // a key type, curve or algorithm that this package does not know
  | 'key_unusable' // a sound key, but not for this use

/** The one error this package throws about its input. Its message never holds a token, key or secret. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
