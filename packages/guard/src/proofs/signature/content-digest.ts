/** Checks the Content-Digest field (RFC 9530) of a request against the bytes of its content. */

import { hash } from 'node:crypto'
import { contentDigestAlgorithms } from '@countersign/protocol'
import { equalsConstantTime } from '@countersign/tokens'
import { GuardError } from '../../guard-error.ts'
import { parseStrictDictionary } from './structured-fields.ts'

const plainDigest = /^sha-256=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/
const hashNames = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const

/**
 * Every SHA-256 and SHA-512 that is there must be that of the content, and one must be there. Others are not looked at:
 * they are of older algorithms, which prove nothing, or of some that are not known yet.
 *
 * @param lines The values of the field, of which there is at least one.
 * @throws {GuardError} `digest_malformed`, `digest_missing`, `digest_mismatch`
 */
export function verifyContentDigest(lines: readonly string[], content: Uint8Array): void {
  const plain = lines.length === 1 ? plainDigest.exec(lines[0] ?? '')?.[1] : undefined
  if (plain !== undefined) {
    checkDigest('sha-256', plain, content)
    return
  }
  const digests = parseStrictDictionary(lines)
  if (digests === undefined) throw malformed('is no dictionary in its one spelling')
  const known = contentDigestAlgorithms.filter((algorithm) => digests.has(algorithm))
  if (known.length === 0) throw new GuardError('digest_missing', 'a SHA-256 or SHA-512 of the content is required')
  for (const algorithm of known) {
    const digest = digests.get(algorithm)?.[0]
    if (!(digest instanceof ArrayBuffer)) throw malformed('holds a digest that is no byte sequence')
    checkDigest(algorithm, Buffer.from(digest).toString('base64'), content)
  }
}

function checkDigest(algorithm: keyof typeof hashNames, digest: string, content: Uint8Array): void {
  if (!equalsConstantTime(hash(hashNames[algorithm], content, 'base64'), digest)) {
    throw new GuardError('digest_mismatch', `the content does not have the ${algorithm} of its Content-Digest`)
  }
}

function malformed(what: string): GuardError {
  return new GuardError('digest_malformed', `Content-Digest ${what}`)
}
