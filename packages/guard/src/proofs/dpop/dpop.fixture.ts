/** A client's DPoP proofs, good or with one thing wrong. */

import { hash } from 'node:crypto'
import { exportPublicJwk, generateKey, signText, thumbprint } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { noon } from '../../guard.fixture.ts'

export type Changes = Readonly<Record<string, unknown>>

export interface ProofChanges {
  /** Members of the header; undefined removes one. */
  readonly header?: Changes
  /** Claims; undefined removes one. */
  readonly claims?: Changes
  /** The header's text as it stands. */
  readonly headerText?: string
  /** The payload's text as it stands. */
  readonly payloadText?: string
  /** What signs instead of the key in the header. */
  readonly signer?: Key
  readonly accessToken?: string
}

export interface ProofMaker {
  readonly key: Key
  readonly jwk: Changes
  readonly jkt: string
  /** For `GET https://api.example/`, made at noon, with a new "jti" each time. */
  makeProof(changes?: ProofChanges): string
}

let made = 0

export async function proofMaker(alg: 'ES256' | 'Ed25519' = 'ES256'): Promise<ProofMaker> {
  const key = await generateKey(alg)
  const { alg: _alg, use: _use, kid: _kid, ...jwk } = exportPublicJwk(key)
  return {
    key,
    jwk,
    jkt: thumbprint(key),
    makeProof({ header, claims, headerText, payloadText, signer = key, accessToken } = {}) {
      const ath = accessToken === undefined ? undefined : hash('sha256', accessToken, 'base64url')
      const goodClaims = { jti: `proof-${++made}`, htm: 'GET', htu: 'https://api.example/', iat: noon, ath }
      const parts = [
        headerText ?? JSON.stringify({ typ: 'dpop+jwt', alg, jwk, ...header }),
        payloadText ?? JSON.stringify({ ...goodClaims, ...claims }),
      ]
      const input = parts.map((part) => Buffer.from(part).toString('base64url')).join('.')
      return `${input}.${signText(input, signer)}`
    },
  }
}
