/**
 * Token Status List (draft-ietf-oauth-status-list-21): whether grants are revoked, one bit for each, in signed lists that
 * anybody may read. Here one bit is all that is said of a grant, and a list is always as long.
 *
 * Pure: compressing is passed in, signing and serving are the server's, asking and refusing the guard's.
 */

/** The media type of a signed list. */
export const statusListMediaType = 'application/statuslist+jwt'
/** The "typ" in its header. */
export const statusListType = 'statuslist+jwt'
/** The "cs_use" of keys that sign lists: they sign nothing else, and no key without it signs lists. */
export const statusKeyUse = 'status'
/** How many places a list has: so many that one of them tells nobody whose it is. */
export const statusListSize = 131_072
const listBytes = statusListSize / 8

/** Where it stands whether a token is revoked. */
export interface StatusReference {
  /** Which list. */
  readonly uri: string
  /** Which place in it. */
  readonly idx: number
}

export interface StatusList {
  readonly uri: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** After so many seconds a newer one should be asked for. */
  readonly ttlSeconds: number
  /** A bit for each place, the lowest bit of a byte first. */
  readonly bits: Uint8Array
}

/** The claims of a list; signed, they are a Status List Token. */
export interface StatusListClaims {
  readonly sub: string
  readonly iat: number
  readonly exp: number
  readonly ttl: number
  readonly status_list: { readonly bits: 1; readonly lst: string }
}

/** The URI that all lists of an issuer begin with; the number of the list follows. */
export function statusListBase(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/oauth/status/`
}

/** Answers the claim "status" of a token whose grant has this place, counted over all lists. */
export function statusClaim(issuer: string, statusIndex: number): { readonly status_list: StatusReference } {
  const list = Math.floor(statusIndex / statusListSize)
  return { status_list: { idx: statusIndex % statusListSize, uri: `${statusListBase(issuer)}${list}` } }
}

/** Answers what a claim "status" refers to; undefined if it is malformed. @see §6.2 */
export function parseStatusClaim(claim: unknown): StatusReference | undefined {
  const { status_list: reference } = members(claim)
  const { idx, uri } = members(reference)
  if (typeof uri !== 'string' || typeof idx !== 'number' || !Number.isSafeInteger(idx) || idx < 0) return undefined
  return { uri, idx }
}

/** A list in which nothing is revoked. */
export function emptyStatusBits(): Uint8Array {
  return new Uint8Array(listBytes)
}

/** Marks a place of a list as revoked. */
export function revokeStatus(bits: Uint8Array, idx: number): void {
  bits[idx >> 3] = (bits[idx >> 3] ?? 0) | (1 << (idx & 7))
}

/** Whether a place of a list is revoked. Undefined: the list has no such place, and says nothing. @see §4.1, §8.3 */
export function isStatusRevoked(bits: Uint8Array, idx: number): boolean | undefined {
  const byte = bits[idx >> 3]
  return byte === undefined || idx >= statusListSize ? undefined : (byte & (1 << (idx & 7))) !== 0
}

/** Answers the claims of a list. `pack` compresses in the ZLIB format (RFC 1950) and writes base64url. @see §5.1 */
export function statusListClaims(list: StatusList, pack: (bits: Uint8Array) => string): StatusListClaims {
  const { uri, issuedAt, expiresAt, ttlSeconds, bits } = list
  const status = { bits: 1, lst: pack(bits) } as const
  return { sub: uri, iat: issuedAt, exp: expiresAt, ttl: ttlSeconds, status_list: status }
}

/**
 * Answers the list that claims are; undefined if they are none, or one of more than a bit for each place. Their signature,
 * type and times are checked elsewhere.
 *
 * @param unpack What undoes `pack`. Undefined for what is not packed so, or is longer than `maxBytes`.
 */
export function parseStatusList(
  claims: Readonly<Record<string, unknown>>,
  unpack: (text: string, maxBytes: number) => Uint8Array | undefined,
): StatusList | undefined {
  const { sub: uri, iat: issuedAt, exp: expiresAt, ttl: ttlSeconds, status_list: status } = claims
  const { bits: bitsEach, lst } = members(status)
  if (typeof uri !== 'string' || !isNumber(issuedAt) || !isNumber(expiresAt)) return undefined
  if (!isNumber(ttlSeconds) || ttlSeconds <= 0 || bitsEach !== 1 || typeof lst !== 'string') return undefined
  const bits = unpack(lst, listBytes)
  return bits?.byteLength === listBytes ? { uri, issuedAt, expiresAt, ttlSeconds, bits } : undefined
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
