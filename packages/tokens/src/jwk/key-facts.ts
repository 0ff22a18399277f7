/**
 * What a key must be, for each algorithm that it can be for.
 *
 * For signatures this is read from their table; for key management it stands here, as `../jwe` says how, not with what.
 */

import { contentKeyBytes } from '../jwe/content-encryption.ts'
import { isSignatureAlgorithm, signatureAlgorithms } from '../jws/algorithms.ts'
import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import type { ContentEncryption, Key, KeyManagementAlgorithm, KeyOperation } from './key.ts'

export type CurveName = 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'X25519'

export type KeyFacts = { readonly use: 'sig' | 'enc'; readonly operations: readonly KeyOperation[] } & (
  | { readonly kty: 'oct'; readonly leastBytes: number; readonly mostBytes: number }
  | { readonly kty: 'RSA' }
  /** The first is the one that new keys get. */
  | { readonly kty: 'EC' | 'OKP'; readonly curves: readonly [CurveName, ...CurveName[]] }
)

export const curveBytes: Readonly<Record<CurveName, number>> = {
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
  Ed25519: 32,
  X25519: 32,
}

/** The facts of an algorithm for a key type; undefined if keys of that type are not for it. */
export function keyFacts(alg: Key['alg'], kty: string, enc?: ContentEncryption): KeyFacts | undefined {
  if (isSignatureAlgorithm(alg)) return signatureKeyFacts(alg, kty)
  if (enc !== undefined) {
    const bytes = contentKeyBytes(enc)
    return kty === 'oct' ? { ...keyManagementFacts.dir[0], leastBytes: bytes, mostBytes: bytes } : undefined
  }
  return keyManagementFacts[alg].find((facts) => facts.kty === kty)
}

/** The facts of the keys that are made where nothing else is asked for. */
export function defaultKeyFacts(alg: Key['alg'], enc?: ContentEncryption): KeyFacts {
  const kty = isSignatureAlgorithm(alg) ? signatureAlgorithms[alg].kty : keyManagementFacts[alg][0].kty
  const facts = keyFacts(alg, kty, enc)
  if (facts === undefined) throw new TypeError(`${alg} goes with no content encryption of its own`)
  return facts
}

export function isKeyAlgorithm(name: unknown): name is Key['alg'] {
  return isSignatureAlgorithm(name) || (typeof name === 'string' && Object.hasOwn(keyManagementFacts, name))
}

function signatureKeyFacts(alg: SignatureAlgorithm, kty: string): KeyFacts | undefined {
  const facts = signatureAlgorithms[alg]
  if (facts.kty !== kty) return undefined
  const all = { use: 'sig', operations: ['sign', 'verify'] } as const
  switch (facts.kty) {
    case 'oct':
      return { ...all, kty: 'oct', leastBytes: facts.hashBytes, mostBytes: Infinity }
    case 'RSA':
      return { ...all, kty: 'RSA' }
    default:
      return { ...all, kty: facts.kty, curves: [facts.crv] }
  }
}

const agreement = ['deriveKey', 'deriveBits'] as const
const wrapping = ['wrapKey', 'unwrapKey'] as const
const ecdh = [
  { kty: 'EC', use: 'enc', operations: agreement, curves: ['P-256'] },
  { kty: 'OKP', use: 'enc', operations: agreement, curves: ['X25519'] },
] as const
const rsa = [{ kty: 'RSA', use: 'enc', operations: [...wrapping, 'encrypt', 'decrypt'] }] as const

const keyManagementFacts: Readonly<Record<KeyManagementAlgorithm, readonly [KeyFacts, ...KeyFacts[]]>> & {
  readonly dir: readonly [Extract<KeyFacts, { kty: 'oct' }>]
} = {
  dir: [{ kty: 'oct', use: 'enc', operations: ['encrypt', 'decrypt'], leastBytes: 16, mostBytes: 64 }],
  A128KW: [{ kty: 'oct', use: 'enc', operations: wrapping, leastBytes: 16, mostBytes: 16 }],
  A256KW: [{ kty: 'oct', use: 'enc', operations: wrapping, leastBytes: 32, mostBytes: 32 }],
  'ECDH-ES': ecdh,
  'ECDH-ES+A128KW': ecdh,
  'ECDH-ES+A256KW': ecdh,
  'RSA-OAEP': rsa,
  'RSA-OAEP-256': rsa,
}
