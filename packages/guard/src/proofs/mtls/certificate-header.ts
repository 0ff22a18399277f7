/**
 * A certificate in a header field: a byte sequence (RFC 9440 `Client-Cert`, RFC 8941 §3.3.5), or a PEM text with its
 * special characters escaped (nginx `$ssl_client_escaped_cert`).
 */

import { Buffer } from 'node:buffer'
import { GuardError } from '../../guard-error.ts'

/** Certificates are of one or two thousand bytes. */
const maxHeaderLength = 16_384
const byteSequence = /^:([A-Za-z0-9+/]+={0,2}):$/
const escapedPem = /^-----BEGIN(?: |%20)CERTIFICATE-----%0A(.+)%0A-----END(?: |%20)CERTIFICATE-----(?:%0A)?$/i

/**
 * Answers the DER.
 *
 * @throws {GuardError} `certificate_duplicated` for a list, `certificate_malformed`
 */
export function parseCertificateHeader(value: string): Uint8Array {
  if (value.length > maxHeaderLength) throw malformed()
  // What Fetch makes of two headers, and what neither form holds.
  if (value.includes(',')) throw new GuardError('certificate_duplicated', 'two certificates in a header')
  const base64 = byteSequence.exec(value)?.[1] ?? readPem(value)
  const der = Buffer.from(base64, 'base64')
  // Node skips what it does not know: encoded again, nothing may be missing.
  if (der.length === 0 || der.toString('base64') !== base64) throw malformed()
  return der
}

function readPem(value: string): string {
  const lines = escapedPem.exec(value)?.[1]
  if (lines === undefined) throw malformed()
  // nginx escapes the `+` or leaves it, depending on its version.
  return lines.replace(/%0A/gi, '').replace(/%2B/gi, '+').replace(/%2F/gi, '/').replace(/%3D/gi, '=')
}

function malformed(): GuardError {
  return new GuardError('certificate_malformed', 'what should be a certificate in a header is none')
}
