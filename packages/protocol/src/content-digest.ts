/** The Content-Digest field (RFC 9530 §2) that requests are signed with. Hashing and checking are left to the ends. */

import { formatFieldBytes } from './structured-field.ts'

/** The digests that are made and checked; the older ones of the registry are broken (RFC 9530 §5). */
export const contentDigestAlgorithms = ['sha-256', 'sha-512'] as const

export type ContentDigestAlgorithm = (typeof contentDigestAlgorithms)[number]

/** Answers the field value for this hash of the content. */
export function formatContentDigest(algorithm: ContentDigestAlgorithm, hash: Uint8Array): string {
  return `${algorithm}=${formatFieldBytes(hash)}`
}
