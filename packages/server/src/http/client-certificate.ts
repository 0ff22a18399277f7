/**
 * The certificate that a client has proven to hold the key of: to this server's TLS, or to a proxy that is trusted.
 *
 * Whose it is, and whether it is good for anything, is left to client authentication.
 */

import { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import { GuardError, parseCertificateHeader, trustedProxies } from '@countersign/guard'
import type { FastifyRequest } from 'fastify'
import type { Clock, EpochSeconds } from '../clock.ts'
import type { Settings } from '../config/settings-table.ts'
import { readClientAuthorities } from './tls.ts'

export interface ClientCertificate {
  readonly certificate: X509Certificate
  /** An authority of `--tls-client-ca` stands behind it, at this time. */
  readonly isTrusted: boolean
}

/**
 * Answers the certificate of a request, if it has one.
 *
 * @throws {GuardError} `certificate_source_refused` for a header from an address that is not a trusted proxy's;
 *   `certificate_duplicated`, `certificate_malformed`
 */
export type ReadClientCertificate = (request: FastifyRequest) => ClientCertificate | undefined

export type ClientCertificateSettings = Pick<Settings, 'tlsClientCa' | 'clientCertHeader' | 'trustedProxies'>

/** @throws {SettingsError} if the file of authorities cannot be used. */
export function clientCertificateReader(settings: ClientCertificateSettings, clock: Clock): ReadClientCertificate {
  const { clientCertHeader } = settings
  const authorities = readClientAuthorities(settings)
  const isProxy = trustedProxies(settings.trustedProxies)
  return (request) => {
    const { socket } = request.raw
    if (clientCertHeader !== undefined) {
      const field = request.headers[clientCertHeader.toLowerCase()]
      const isFromProxy = isProxy(socket.remoteAddress)
      if (field !== undefined) {
        if (!isFromProxy) {
          throw new GuardError(
            'certificate_source_refused',
            'a certificate in a header, from an address that is no proxy',
          )
        }
        const certificate = parse(parseCertificateHeader(String(field)))
        return { certificate, isTrusted: authorities.some((authority) => isSignedBy(certificate, authority, clock())) }
      }
      // The connection's certificate would be the proxy's own.
      if (isFromProxy) return undefined
    }
    if (!(socket instanceof TLSSocket)) return undefined
    const certificate = socket.getPeerX509Certificate()
    return certificate && { certificate, isTrusted: socket.authorized }
  }
}

/** Through no other authority between them: those come in a header of their own, if at all. */
function isSignedBy(certificate: X509Certificate, authority: X509Certificate, now: EpochSeconds): boolean {
  const isAlive = authority.validFromDate.getTime() <= now * 1000 && now * 1000 <= authority.validToDate.getTime()
  return (
    authority.ca &&
    isAlive &&
    certificate.checkIssued(authority) &&
    certificate.verify(authority.publicKey) &&
    isForClients(certificate)
  )
}

/** As TLS asks of a client's certificate. Node answers here the extended uses. @see RFC 5280 §4.2.1.12 */
function isForClients({ keyUsage }: X509Certificate): boolean {
  // No such extension: for anything. Its type says that there always is one.
  const uses = keyUsage as readonly string[] | undefined
  return uses === undefined || uses.includes('1.3.6.1.5.5.7.3.2') || uses.includes('2.5.29.37.0')
}

function parse(der: Uint8Array): X509Certificate {
  try {
    const certificate = new X509Certificate(der)
    if (certificate.raw.equals(der)) return certificate
  } catch {
    // Refused below.
  }
  throw new GuardError('certificate_malformed', 'what should be a certificate in a header is none')
}
