/** DPoP proofs (RFC 9449 §4.2): that whoever sends a request holds the key that its token is bound to. */

import { dpopProofType } from '@countersign/protocol'
import type { DpopClaims } from '@countersign/protocol'
import { encodeBase64url, encodeJson, utf8 } from '../base64url.ts'
import { exportProofJwk, randomText, sha256Text, signWithProofKey } from '../crypto.ts'
import { proofUri } from './target-uri.ts'

export interface DpopFacts {
  readonly method: string
  readonly url: URL
  /** The time at the receiver, in seconds. */
  readonly now: number
  readonly nonce: string | undefined
  /** The token that the proof goes with; `undefined` where tokens are asked for. */
  readonly accessToken: string | undefined
}

export async function makeDpopProof(key: CryptoKeyPair, facts: DpopFacts): Promise<string> {
  const { method, url, now, nonce, accessToken } = facts
  const header = { typ: dpopProofType, alg: 'ES256', jwk: await exportProofJwk(key) }
  const claims: DpopClaims = {
    jti: randomText(),
    htm: method,
    htu: proofUri(url),
    iat: now,
    ...(accessToken !== undefined && { ath: await sha256Text(accessToken) }),
    ...(nonce !== undefined && { nonce }),
  }
  const content = `${encodeJson(header)}.${encodeJson(claims)}`
  return `${content}.${encodeBase64url(await signWithProofKey(key, utf8(content)))}`
}
