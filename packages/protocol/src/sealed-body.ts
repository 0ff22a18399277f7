/**
 * The protected header of sealed bodies: JWE in which a request or an answer travels, and what each is sealed for.
 *
 * Pure, without cryptography. What a header must match is left to who opens it: the guard requests, the client answers.
 */

import { isRequestNonce } from './request-nonce.ts'

/** The media type of a sealed body. */
export const sealedMediaType = 'application/jose'
/**
 * The header field for a sealed request with an empty body, where HTTP clients send none: `fetch` has no GET with a body.
 * A signature covers it. In lower case.
 */
export const sealedRequestField = 'sealed-request'
/** The "typ" in its protected header. */
export const sealedType = 'countersign-sealed+jwe'
export const sealedAlgorithm = 'dir'
export const sealedEncryption = 'A256CBC-HS512'
/** The members of each that the receiver must understand. */
export const sealedRequestCritical = ['cs_dir', 'cs_htm', 'cs_htu', 'cs_ath'] as const
export const sealedResponseCritical = ['cs_dir', 'cs_req', 'cs_status'] as const

export interface SealedRequestFacts {
  /** The media type of what is sealed; none for an empty body. */
  readonly contentType: string | undefined
  readonly method: string
  /** As `normalizeHttpUri` answers it, with its query. */
  readonly targetUri: string
  /** Base64url SHA-256 of the access token that comes along. */
  readonly accessTokenHash: string
  readonly issuedAt: number
  /** 16 to 128 visible characters, never the same again. */
  readonly nonce: string
}

export interface SealedResponseFacts {
  readonly contentType: string | undefined
  /** Base64url SHA-256 of the sealed request. */
  readonly requestHash: string
  readonly status: number
  readonly issuedAt: number
}

/** Header members by name; "alg" and "enc" are in front of them. */
type Members = Readonly<Record<string, unknown>>

/** Answers the members that a sealed request has beside "alg" and "enc", in their order. */
export function sealedRequestHeader(facts: SealedRequestFacts): Members {
  return {
    typ: sealedType,
    ...(facts.contentType !== undefined && { cty: facts.contentType }),
    crit: sealedRequestCritical,
    cs_dir: 'req',
    cs_htm: facts.method,
    cs_htu: facts.targetUri,
    cs_ath: facts.accessTokenHash,
    iat: facts.issuedAt,
    nonce: facts.nonce,
  }
}

/** Answers the members that a sealed answer has beside "alg" and "enc", in their order. */
export function sealedResponseHeader(facts: SealedResponseFacts): Members {
  return {
    typ: sealedType,
    ...(facts.contentType !== undefined && { cty: facts.contentType }),
    crit: sealedResponseCritical,
    cs_dir: 'res',
    cs_req: facts.requestHash,
    cs_status: facts.status,
    iat: facts.issuedAt,
  }
}

/** Answers what a request was sealed for; undefined if a member is missing, unknown or of the wrong type. */
export function parseSealedRequestHeader(header: Members): SealedRequestFacts | undefined {
  const { cty: contentType, cs_htm: method, cs_htu: targetUri, cs_ath: accessTokenHash, iat: issuedAt, nonce } = header
  if (!hasCommonMembers(header, 'req', sealedRequestCritical, ['nonce'])) return undefined
  if (!isText(method) || !isText(targetUri) || !isHash(accessTokenHash)) return undefined
  if (!isMediaType(contentType) || !isInstant(issuedAt) || !isRequestNonce(nonce)) return undefined
  return { contentType, method, targetUri, accessTokenHash, issuedAt, nonce }
}

/** Answers what an answer was sealed for; undefined if a member is missing, unknown or of the wrong type. */
export function parseSealedResponseHeader(header: Members): SealedResponseFacts | undefined {
  const { cty: contentType, cs_req: requestHash, cs_status: status, iat: issuedAt } = header
  if (!hasCommonMembers(header, 'res', sealedResponseCritical, [])) return undefined
  if (!isHash(requestHash) || !isStatus(status) || !isMediaType(contentType) || !isInstant(issuedAt)) return undefined
  return { contentType, requestHash, status, issuedAt }
}

/** What both directions share: nothing unknown, and all that is critical said to be, so that nobody opens what it does not understand. */
function hasCommonMembers(
  header: Members,
  direction: 'req' | 'res',
  critical: readonly string[],
  others: readonly string[],
): boolean {
  const { alg, enc, typ, crit, cs_dir: dir } = header
  const known = ['alg', 'enc', 'typ', 'cty', 'crit', 'iat', ...critical, ...others]
  return (
    Object.keys(header).every((name) => known.includes(name)) &&
    alg === sealedAlgorithm &&
    enc === sealedEncryption &&
    typ === sealedType &&
    dir === direction &&
    Array.isArray(crit) &&
    crit.length === critical.length &&
    critical.every((name) => crit.includes(name))
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** What a header field can hold, so that it can be handed on as one. */
function isMediaType(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && /^[\x21-\x7e][\t\x20-\x7e]*$/.test(value))
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599
}
