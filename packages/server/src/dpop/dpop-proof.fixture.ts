/** A client's DPoP key and the proofs that it makes, by a library that is not ours. */

import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'

export interface ProofChanges {
  /** Claims; undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** What signs instead of the key in the header. */
  readonly signer?: CryptoKey
}

export interface DpopKey {
  readonly jkt: string
  readonly jwk: JWK
  readonly privateJwk: JWK
  readonly privateKey: CryptoKey
  /** A proof for this URI, made now, with a new "jti". */
  makeProof(htu: string, changes?: ProofChanges): Promise<string>
}

export async function dpopKey(alg: 'ES256' | 'Ed25519' = 'ES256'): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    jkt: await calculateJwkThumbprint(jwk),
    jwk,
    privateJwk: await exportJWK(privateKey),
    privateKey,
    async makeProof(htu, { claims, header, signer = privateKey } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const all: Record<string, unknown> = { jti: crypto.randomUUID(), htm: 'POST', htu, iat: now, ...claims }
      const present = Object.entries(all).filter(([, value]) => value !== undefined)
      return new SignJWT(Object.fromEntries(present))
        .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk, ...header })
        .sign(signer)
    },
  }
}
