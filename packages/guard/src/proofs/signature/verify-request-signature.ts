/**
 * Verifies a signed request (RFC 9421): that the holder of the token's session key, or of the key of its DPoP proof, has
 * signed this method, this target, this token and this content. That it comes once is left to the caller.
 */

import { signatureBase } from '@countersign/protocol'
import type { SignatureAlgorithm } from '@countersign/protocol'
import { TokenError, verifyText } from '@countersign/tokens'
import type { EpochSeconds, Key } from '@countersign/tokens'
import { GuardError } from '../../guard-error.ts'
import { headerValues } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { checkComponents, checkFields, checkParams, checkTimes } from './check-signature.ts'
import type { SignatureParams } from './check-signature.ts'
import { verifyContentDigest } from './content-digest.ts'
import { findSignature } from './find-signature.ts'

export interface SignatureExpectations {
  /** As `targetUri` answers it. */
  readonly targetUri: string
  readonly now: EpochSeconds
  readonly clockSkewSeconds: number
  /** The access token's "jti". */
  readonly tokenId: string
  /** Answers the token's session key, or throws. */
  readonly sessionKey: () => Key
  /** Whether the session key will do, which whoever saw the token's arrival has too. */
  readonly maySessionKeySign: boolean
  /** The key of the DPoP proof that came along and held, with its thumbprint. */
  readonly proofKey: { readonly key: Key; readonly jkt: string } | undefined
}

export interface VerifiedSignature {
  readonly keyid: string
  readonly nonce: string
  readonly created: EpochSeconds
  readonly expires: EpochSeconds
  /** The content whose digest was signed; empty if there is none. */
  readonly body: Uint8Array
  /** Its type, if that was signed, too: anybody on the way can say another otherwise. */
  readonly contentType: string | undefined
}

/**
 * Answers what was signed. The content is read only after the signature has held: who has no key fills no memory.
 *
 * @throws {GuardError} `signature_…` but for `signature_replayed`, `digest_…`, `session_key_unavailable`,
 * `body_too_large`, `body_incomplete`
 * @throws {TypeError} if the request does not say how to read its body.
 */
export async function verifyRequestSignature(
  request: GuardRequest,
  expected: SignatureExpectations,
): Promise<VerifiedSignature> {
  const found = findSignature(request)
  const components = checkComponents(found.components)
  const params = checkParams(found.params)
  checkTimes(params, expected)
  const key = keyOf(params, expected)
  checkFields(components, (name) => headerValues(request, name).length > 0)
  const base = signatureBase(components, found.signatureParams, {
    method: request.method,
    targetUri: expected.targetUri,
    fieldLines: (name) => headerValues(request, name),
  })
  if (base === undefined) {
    throw new GuardError('signature_component_missing', 'the signature covers what the request does not have')
  }
  if (!holds(base, found.signature, key)) {
    throw new GuardError('signature_invalid', 'the signature does not hold for this request')
  }
  const isTypeSigned = components.some(({ name }) => name === 'content-type')
  return {
    ...params,
    body: await readContent(request, headerValues(request, 'content-digest')),
    contentType: isTypeSigned ? headerValues(request, 'content-type').join(', ') : undefined,
  }
}

/** The key says which algorithm, and "keyid" which key: a signature that names another of either is refused. */
function keyOf({ alg, keyid }: SignatureParams, expected: SignatureExpectations): Key {
  const { tokenId, sessionKey, maySessionKeySign, proofKey } = expected
  if (alg === 'hmac-sha256') {
    if (!maySessionKeySign) {
      throw new GuardError('signature_algorithm_refused', 'a signature by the key of the DPoP proof is required')
    }
    if (keyid !== tokenId) throw unknownKey('the session key of this token')
    return sessionKey()
  }
  if (proofKey === undefined || keyid !== proofKey.jkt) throw unknownKey('the key of a DPoP proof beside it')
  if (algorithms[proofKey.key.alg] !== alg) {
    throw new GuardError('signature_algorithm_refused', 'the signature algorithm is not that of the key')
  }
  return proofKey.key
}

const algorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  ES256: 'ecdsa-p256-sha256',
  Ed25519: 'ed25519',
  EdDSA: 'ed25519',
}

function holds(base: string, signature: string, key: Key): boolean {
  try {
    return verifyText(base, signature, key)
  } catch (error) {
    if (error instanceof TokenError) return false
    throw error
  }
}

async function readContent(request: GuardRequest, digestLines: readonly string[]): Promise<Uint8Array> {
  if (request.readBody === undefined) throw new TypeError('a signed request must say how to read its body')
  const body = await request.readBody()
  if (digestLines.length > 0) verifyContentDigest(digestLines, body)
  else if (body.byteLength > 0) throw new GuardError('digest_missing', 'a signed request with content needs its digest')
  return body
}

function unknownKey(known: string): GuardError {
  return new GuardError('signature_key_unknown', `the signature is not by ${known}`)
}
