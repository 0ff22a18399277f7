/** Sealed requests: the body in a JWE that says which request it belongs to. */

import { sealedAlgorithm, sealedEncryption, sealedRequestHeader } from '@countersign/protocol'
import { encodeBase64url, encodeJson, utf8 } from '../base64url.ts'
import type { Bytes } from '../base64url.ts'
import { ClientError } from '../client-error.ts'
import { randomText, seal, sha256Text } from '../crypto.ts'
import type { SealKey } from '../crypto.ts'
import { targetUri } from '../proofs/target-uri.ts'

export interface ClearRequest {
  readonly method: string
  readonly url: URL
  readonly contentType: string | undefined
  /** `undefined` is sealed as an empty one. */
  readonly body: Bytes | undefined
  readonly accessToken: string
  /** The time at the receiver, in seconds. */
  readonly now: number
}

/** What a guard opens at most. */
const maxBytes = 1024 * 1024

/**
 * Answers the JWE, to be sent as `application/jose`, or with GET in a header field.
 *
 * @throws {ClientError} `body_too_large`; `sealed_request_refused` for HEAD, whose answer has no body to be sealed in.
 */
export async function sealRequest(request: ClearRequest, key: SealKey): Promise<string> {
  const { method, url, contentType, body = new Uint8Array(), accessToken, now } = request
  if (method === 'HEAD') {
    throw new ClientError('sealed_request_refused', 'the answer to HEAD has no body to be sealed in: use GET')
  }
  if (body.length > maxBytes) {
    throw new ClientError('body_too_large', `a sealed body holds ${maxBytes} bytes at most: send it in parts`)
  }
  const header = sealedRequestHeader({
    contentType: body.length === 0 ? undefined : contentType,
    method,
    targetUri: targetUri(url),
    accessTokenHash: await sha256Text(accessToken),
    issuedAt: now,
    nonce: randomText(),
  })
  const protectedHeader = encodeJson({ alg: sealedAlgorithm, enc: sealedEncryption, ...header })
  const { iv, ciphertext, tag } = await seal(key, body, utf8(protectedHeader))
  // Direct encryption has no encrypted key: the second part is empty.
  return [protectedHeader, '', ...[iv, ciphertext, tag].map((part) => encodeBase64url(part))].join('.')
}
