/**
 * Finds the sealed text of a request: its body, or, where HTTP clients send none (GET, HEAD), a header field.
 *
 * Opening it is left to `open-sealed-request.ts`.
 */

import { sealedMediaType, sealedRequestField } from '@countersign/protocol'
import { GuardError } from '../../guard-error.ts'
import { headerValues, maxBodyBytes } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'

/** What a sealed request may have beside what is sealed: header, IV, padding and tag. */
const maxOverheadBytes = 8192
/** The longest sealed text: of the longest body, in base64url. */
export const maxSealedBytes: number = Math.ceil((maxBodyBytes * 4) / 3) + maxOverheadBytes

export interface FoundSealedRequest {
  readonly sealed: string
  /** A body is sealed in the body alone: what is in a field is read by more eyes on the way, and limited in length. */
  readonly mayHoldBody: boolean
}

/**
 * @throws {GuardError} `sealed_required`, `sealed_malformed`, `body_too_large`, `body_incomplete`
 * @throws {TypeError} if the request does not say how to read its body.
 */
export async function findSealedRequest(request: GuardRequest): Promise<FoundSealedRequest> {
  const fields = headerValues(request, sealedRequestField)
  if (fields.length > 0) return { sealed: await readField(request, fields), mayHoldBody: false }
  const [contentType, ...others] = headerValues(request, 'content-type')
  if (others.length > 0) throw malformed('has two content types')
  if (contentType?.toLowerCase() !== sealedMediaType) {
    throw new GuardError('sealed_required', `a sealed body is required, of type ${sealedMediaType}`)
  }
  if (headerValues(request, 'content-encoding').length > 0) throw malformed('is encoded')
  return { sealed: toText(await readBody(request)), mayHoldBody: true }
}

async function readField(request: GuardRequest, [field = '', ...others]: readonly string[]): Promise<string> {
  if (others.length > 0) throw malformed('comes twice')
  if (request.method !== 'GET' && request.method !== 'HEAD') throw malformed('is in a field, of a method with a body')
  if ((await readBody(request)).byteLength > 0) throw malformed('has a body beside it')
  return field
}

async function readBody(request: GuardRequest): Promise<Uint8Array> {
  if (request.readBody === undefined) throw new TypeError('a sealed request must say how to read its body')
  return request.readBody(maxSealedBytes)
}

/** A sealed text is ASCII; what is not stays different from all that is. */
function toText(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
}

function malformed(how: string): GuardError {
  return new GuardError('sealed_malformed', `the sealed request ${how}`)
}
