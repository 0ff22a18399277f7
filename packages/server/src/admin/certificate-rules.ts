/** How a client is registered that authenticates by certificates (RFC 8705 §2). Pure. */

import { X509Certificate } from 'node:crypto'
import { certificateThumbprint, parseDistinguishedName } from '../client-authentication/index.ts'
import type { FieldProblem } from '../http/problem.ts'
import type { Client } from '../store/records.ts'
import { keyProblems } from './field-rules.ts'

/** As an administrator writes them: every text is checked here. */
export interface CertificateOptions {
  /** The subject of its certificates, as RFC 4514 writes it; an authority of the server's signs them. */
  readonly tlsSubject?: string
  /** PEM texts of its own certificates, which nobody else needs to have signed. */
  readonly certificates?: readonly string[]
}

/** Answers what is wrong with them; nothing, if there are none. */
export function certificateProblems(options: CertificateOptions, isPublic: boolean): readonly FieldProblem[] {
  const { tlsSubject, certificates } = options
  const problems: FieldProblem[] = []
  if (tlsSubject !== undefined && parseDistinguishedName(tlsSubject) === undefined) {
    const detail = 'write it as RFC 4514 does, the most specific part first: CN=billing,O=Acme,C=DE'
    problems.push({ field: 'tlsSubject', rule: 'form', detail })
  }
  if (certificates !== undefined) problems.push(...textProblems(certificates))
  for (const field of ['tlsSubject', 'certificates'] as const) {
    if (isPublic && options[field] !== undefined) {
      problems.push({ field, rule: 'public', detail: 'a public client has no certificate: leave out one of the two' })
    }
  }
  return problems
}

/** To be called with options in which nothing is wrong. */
export function certificateFacts({
  tlsSubject,
  certificates = [],
}: CertificateOptions): Pick<Client, 'tlsSubject' | 'certificateThumbprints'> {
  const thumbprints = (readCertificates(certificates) ?? []).map(certificateThumbprint)
  return { tlsSubject: tlsSubject ?? null, certificateThumbprints: [...new Set(thumbprints)] }
}

function textProblems(texts: readonly string[]): readonly FieldProblem[] {
  const field = 'certificates'
  const certificates = readCertificates(texts)
  if (certificates === undefined) {
    return [{ field, rule: 'form', detail: 'give PEM texts of certificates, and no private keys' }]
  }
  return keyProblems(
    field,
    certificates.map(({ publicKey }) => publicKey),
  )
}

const pem = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs

function readCertificates(texts: readonly string[]): readonly X509Certificate[] | undefined {
  const found = texts.map((text) => text.match(pem) ?? [])
  if (found.some((each) => each.length === 0) || texts.some((text) => text.includes('PRIVATE KEY'))) return undefined
  try {
    return found.flat().map((text) => new X509Certificate(text))
  } catch {
    return undefined
  }
}
