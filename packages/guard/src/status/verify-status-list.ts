/** Verifies a status list that came from the issuer. Pure: asking for it, and what it says of a token, is for others. */

import { inflateSync } from 'node:zlib'
import { parseStatusList, statusListType } from '@countersign/protocol'
import type { StatusList } from '@countersign/protocol'
import { decodeBase64url, TokenError, verifyJwt } from '@countersign/tokens'
import type { EpochSeconds, Key } from '@countersign/tokens'

/** The bits of a full list do not get smaller by compression: 16 KiB of them, in base64url twice. */
export const maxStatusListBytes: number = 48 * 1024

export interface ExpectedStatusList {
  /** Where it was asked for. */
  readonly uri: string
  readonly now: EpochSeconds
  readonly clockSkewSeconds: number
}

/**
 * Answers the list that a text is.
 *
 * @param keys Those of status lists.
 * @throws {TokenError} if it is none, or not this one, or not signed for this purpose, or has ended.
 * @see draft-ietf-oauth-status-list-21 §8.3
 */
export function verifyStatusList(text: string, keys: readonly Key[], expected: ExpectedStatusList): StatusList {
  const { uri, now, clockSkewSeconds } = expected
  const demands = { typ: statusListType, now, clockSkewSeconds, maxBytes: maxStatusListBytes }
  const { claims } = verifyJwt(text, keys, { ...demands, requiredClaims: ['sub', 'iat'] })
  if (claims.sub !== uri) throw new TokenError('token_audience_mismatch', 'it is another list')
  const list = parseStatusList(claims, unpack)
  if (list === undefined) throw new TokenError('token_claim_invalid', 'its claims are not those of a list')
  return list
}

function unpack(text: string, maxBytes: number): Uint8Array | undefined {
  try {
    // Stops at the size of a list, whatever a few bytes could be blown up to.
    return inflateSync(decodeBase64url(text), { maxOutputLength: maxBytes })
  } catch {
    return undefined
  }
}
