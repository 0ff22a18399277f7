/**
 * All that is known of each signature algorithm, in one table.
 *
 * What a key for one of them must be is read from here by `../jwk`; how it signs, by `signature.ts`.
 */

import { constants } from 'node:crypto'

import { TokenError } from '../errors.ts'

export type SignatureAlgorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'Ed25519'

export type HashName = 'sha256' | 'sha384' | 'sha512'

export type SignatureFacts =
  /** `hashBytes` is also the least length of the key (RFC 7518 §3.2). */
  | { readonly kty: 'oct'; readonly hash: HashName; readonly hashBytes: number; readonly blockBytes: number }
  | { readonly kty: 'RSA'; readonly hash: HashName; readonly padding: number; readonly saltLength?: number }
  | {
      readonly kty: 'EC'
      readonly crv: 'P-256' | 'P-384' | 'P-521'
      readonly hash: HashName
      readonly signatureBytes: number
    }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly signatureBytes: number }

const pkcs1 = constants.RSA_PKCS1_PADDING
const pss = constants.RSA_PKCS1_PSS_PADDING

/** RFC 7518 §3.1; RFC 9864 §2.2 for Ed25519. There is no "none". */
export const signatureAlgorithms: Readonly<Record<SignatureAlgorithm, SignatureFacts>> = {
  HS256: { kty: 'oct', hash: 'sha256', hashBytes: 32, blockBytes: 64 },
  HS384: { kty: 'oct', hash: 'sha384', hashBytes: 48, blockBytes: 128 },
  HS512: { kty: 'oct', hash: 'sha512', hashBytes: 64, blockBytes: 128 },
  RS256: { kty: 'RSA', hash: 'sha256', padding: pkcs1 },
  RS384: { kty: 'RSA', hash: 'sha384', padding: pkcs1 },
  RS512: { kty: 'RSA', hash: 'sha512', padding: pkcs1 },
  PS256: { kty: 'RSA', hash: 'sha256', padding: pss, saltLength: 32 },
  PS384: { kty: 'RSA', hash: 'sha384', padding: pss, saltLength: 48 },
  PS512: { kty: 'RSA', hash: 'sha512', padding: pss, saltLength: 64 },
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256', signatureBytes: 64 },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384', signatureBytes: 96 },
  ES512: { kty: 'EC', crv: 'P-521', hash: 'sha512', signatureBytes: 132 },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', signatureBytes: 64 },
}

export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === 'string' && Object.hasOwn(signatureAlgorithms, name)
}

/**
 * The algorithm that a name stands for, to the letter. `EdDSA` is the older name of Ed25519 here (RFC 9864 §4.1).
 *
 * @throws {TokenError} `token_algorithm_refused`
 */
export function parseSignatureAlgorithm(name: unknown): SignatureAlgorithm {
  if (name === 'EdDSA') return 'Ed25519'
  if (isSignatureAlgorithm(name)) return name
  throw new TokenError('token_algorithm_refused', 'the header names no signature algorithm that is accepted')
}
