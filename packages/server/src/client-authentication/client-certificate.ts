/**
 * The rules of `tls_client_auth` and `self_signed_tls_client_auth` (RFC 8705 §2): whether a certificate is the client's.
 * Pure; the caller passes the time in. That the client has its private key, TLS has shown.
 */

import { hash } from 'node:crypto'
import type { X509Certificate } from 'node:crypto'
import { equalsConstantTime } from '@countersign/tokens'
import type { EpochSeconds } from '../clock.ts'
import type { Settings } from '../config/index.ts'
import type { ClientCertificate } from '../http/index.ts'
import type { Client, ClientAuthentication } from '../store/records.ts'
import { isSameName, parseDistinguishedName, parseNodeSubject } from './distinguished-name.ts'

/** Why a certificate does not prove a client. Stable: refusals are counted by it. */
export type CertificateFault =
  | 'certificate_required' // none came
  | 'certificate_not_yet_valid'
  | 'certificate_expired'
  | 'certificate_untrusted' // no authority of ours stands behind it
  | 'certificate_subject_mismatch'
  | 'certificate_unknown' // not one that was registered

/**
 * Answers the methods that work with these settings: without authorities there is
 * nobody to sign a certificate but its holder.
 */
export function certificateMethods({
  tlsClientCa,
  clientCertHeader,
}: Pick<Settings, 'tlsClientCa' | 'clientCertHeader'>): readonly ClientAuthentication[] {
  if (tlsClientCa !== undefined) return ['tls_client_auth', 'self_signed_tls_client_auth']
  return clientCertHeader === undefined ? [] : ['self_signed_tls_client_auth']
}

/** Whether the client proves by a certificate who it is. */
export function usesCertificate({ authentication }: Pick<Client, 'authentication'>): boolean {
  const methods: readonly ClientAuthentication[] = ['tls_client_auth', 'self_signed_tls_client_auth']
  return methods.includes(authentication)
}

/** Answers what is wrong with the certificate that a client presents; `undefined`: it is the client's. */
export function findCertificateFault(
  client: Pick<Client, 'authentication' | 'tlsSubject' | 'certificateThumbprints'>,
  presented: ClientCertificate | undefined,
  now: EpochSeconds,
): CertificateFault | undefined {
  if (presented === undefined) return 'certificate_required'
  const { certificate, isTrusted } = presented
  // Also where TLS has looked at the dates: a connection that is resumed does not look again.
  if (now * 1000 < certificate.validFromDate.getTime()) return 'certificate_not_yet_valid'
  if (now * 1000 > certificate.validToDate.getTime()) return 'certificate_expired'
  if (client.authentication === 'tls_client_auth') {
    if (!isTrusted) return 'certificate_untrusted'
    return hasSubject(certificate, client.tlsSubject) ? undefined : 'certificate_subject_mismatch'
  }
  const thumbprint = certificateThumbprint(certificate)
  const isRegistered = client.certificateThumbprints.some((known) => equalsConstantTime(known, thumbprint))
  return isRegistered ? undefined : 'certificate_unknown'
}

/** "x5t#S256" of a certificate. @see RFC 8705 §3.1 */
export function certificateThumbprint({ raw }: X509Certificate): string {
  return hash('sha256', raw, 'base64url')
}

function hasSubject({ subject }: X509Certificate, registered: string | null): boolean {
  const [actual, expected] = [parseNodeSubject(subject), parseDistinguishedName(registered ?? '')]
  return actual !== undefined && expected !== undefined && isSameName(actual, expected)
}
