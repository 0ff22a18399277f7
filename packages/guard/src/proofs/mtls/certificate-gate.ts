/**
 * Client certificates at the guard (RFC 8705 §3): where they come from, and that a token is used with the one that it is
 * bound to.
 *
 * That the client has the private key, TLS has shown: to this process, or to a proxy that is named. Whether the
 * certificate is still valid is not asked: the token says which one it is.
 */

import { hash, X509Certificate } from 'node:crypto'
import { equalsConstantTime } from '@countersign/tokens'
import { GuardError } from '../../guard-error.ts'
import { headerValues } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { parseCertificateHeader } from './certificate-header.ts'
import { trustedProxies } from './trusted-proxies.ts'

/** The TLS connection itself, or a header that the proxies at these addresses (or ranges, `10.0.0.0/8`) set. */
export type ClientCertificates = 'socket' | { readonly header: string; readonly proxies: readonly string[] }

/**
 * Answers a check of one request.
 *
 * @throws {TypeError} if the source makes no sense.
 */
export function certificateGate(source: ClientCertificates): CertificateGate {
  const read = source === 'socket' ? readSocket : headerReader(source)
  return {
    check(request, x5tS256, demanded) {
      if (x5tS256 === undefined && !demanded) return
      const certificate = read(request)
      if (certificate === undefined) {
        throw new GuardError('certificate_required', 'the client’s certificate is required')
      }
      if (x5tS256 === undefined) {
        throw new GuardError('certificate_token_unbound', 'the token is not bound to a certificate')
      }
      if (equalsConstantTime(hash('sha256', certificate, 'base64url'), x5tS256)) return
      // Parsed only to say what is wrong: what has the right hash is what the server saw.
      throw isCertificate(certificate)
        ? new GuardError('certificate_mismatch', 'the token is bound to another certificate')
        : new GuardError('certificate_malformed', 'what should be a certificate is none')
    },
  }
}

export interface CertificateGate {
  /**
   * Refuses a request whose token is bound to a certificate that it did not come with, and, where one is demanded, a
   * token that is bound to none.
   *
   * @throws {GuardError} `certificate_…`
   */
  check(request: GuardRequest, x5tS256: string | undefined, demanded: boolean): void
}

function readSocket({ clientCertificate }: GuardRequest): Uint8Array | undefined {
  return clientCertificate
}

type ReadCertificate = (request: GuardRequest) => Uint8Array | undefined

function headerReader({ header, proxies }: Exclude<ClientCertificates, 'socket'>): ReadCertificate {
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/i.test(header))
    throw new TypeError('clientCertificates: header must be a field name')
  const name = header.toLowerCase()
  if (proxies.length === 0) throw new TypeError('clientCertificates: at least one proxy must be named')
  const isProxy = trustedProxies(proxies)
  return (request) => {
    const [value, ...others] = headerValues(request, name)
    if (value === undefined) return undefined
    // Whoever else sends it writes what it likes.
    if (!isProxy(request.remoteAddress)) {
      throw new GuardError(
        'certificate_source_refused',
        'a certificate in a header, from an address that is no proxy’s',
      )
    }
    if (others.length > 0) throw new GuardError('certificate_duplicated', 'two headers with a certificate')
    return parseCertificateHeader(value)
  }
}

/** One certificate and nothing after it: a thumbprint is of exactly that. */
function isCertificate(der: Uint8Array): boolean {
  try {
    return new X509Certificate(der).raw.equals(der)
  } catch {
    return false
  }
}
