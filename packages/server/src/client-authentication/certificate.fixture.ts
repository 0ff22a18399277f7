/** Certificates of authorities, servers and clients, of any subject and lifetime, good or not. */

import 'reflect-metadata'
import { BasicConstraintsExtension, ExtendedKeyUsageExtension, Name, X509CertificateGenerator } from '@peculiar/x509'
import { hash, KeyObject, X509Certificate } from 'node:crypto'

export interface CertificateFacts {
  /** Parts from the least specific on, as they stand in a certificate: lists of `[OID, value]`. Default: a CN. */
  readonly subject?: readonly Attributes[]
  readonly keys?: CryptoKeyPair
  readonly from?: Date
  readonly until?: Date
  /** May sign certificates. */
  readonly isAuthority?: boolean
  /** Object identifiers of what its key may be used for (RFC 5280 §4.2.1.12). Default: anything. */
  readonly uses?: readonly string[]
}

export interface TestCertificate {
  readonly der: Buffer
  readonly pem: string
  /** Of its private key. */
  readonly keyPem: string
  /** "x5t#S256". */
  readonly thumbprint: string
  readonly keys: CryptoKeyPair
  /** Signs another. */
  issue(facts?: CertificateFacts): Promise<TestCertificate>
}

type Attributes = readonly (readonly [oid: string, value: string])[]

interface Issuer {
  readonly name: Name
  readonly keys: CryptoKeyPair
}

export const commonName = '2.5.4.3'
export const clientAuth = '1.3.6.1.5.5.7.3.2'
export const serverAuth = '1.3.6.1.5.5.7.3.1'

const day = 86_400_000

/** A certificate that is signed by itself. */
export function selfSigned(facts: CertificateFacts = {}): Promise<TestCertificate> {
  return make(facts)
}

export function makeAuthority(name = 'Test authority'): Promise<TestCertificate> {
  return make({ subject: [[[commonName, name]]], isAuthority: true })
}

async function make(facts: CertificateFacts, issuer?: Issuer): Promise<TestCertificate> {
  const { subject = [[[commonName, 'client']]], keys = await makeKeys(), isAuthority = false, uses = [] } = facts
  const { from = new Date(Date.now() - day), until = new Date(Date.now() + day) } = facts
  const own = { name: nameOf(subject), keys }
  const signer = issuer ?? own
  const { rawData } = await X509CertificateGenerator.create({
    subject: own.name,
    issuer: signer.name,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    notBefore: from,
    notAfter: until,
    extensions: [
      new BasicConstraintsExtension(isAuthority, undefined, true),
      ...(uses.length > 0 ? [new ExtendedKeyUsageExtension([...uses])] : []),
    ],
  })
  const der = Buffer.from(rawData)
  return {
    der,
    pem: new X509Certificate(der).toString(),
    keyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: hash('sha256', der, 'base64url'),
    keys,
    issue: (others = {}) => make(others, own),
  }
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
}

/** As UTF-8 throughout: written as text, commas, plus signs and quotes would be taken for syntax. */
function nameOf(subject: readonly Attributes[]): Name {
  return new Name(
    subject.map((part) => Object.fromEntries(part.map(([type, value]) => [type, [{ utf8String: value }]]))),
  )
}
