/** Certificates of clients, signed by themselves. */

import 'reflect-metadata'
import { BasicConstraintsExtension, Pkcs10CertificateRequestGenerator, X509CertificateGenerator } from '@peculiar/x509'
import { hash, KeyObject, X509Certificate } from 'node:crypto'

export interface TestCertificate {
  readonly der: Buffer
  readonly pem: string
  /** Of its private key. */
  readonly keyPem: string
  /** What a token that is bound to it has as "x5t#S256". */
  readonly thumbprint: string
  readonly keys: CryptoKeyPair
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export async function makeCertificate(
  name: string,
  facts: { readonly keys?: CryptoKeyPair; readonly until?: Date } = {},
): Promise<TestCertificate> {
  const { keys = await makeKeys(), until = new Date('2100-01-01') } = facts
  const { rawData } = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore: new Date('2020-01-01'),
    notAfter: until,
    extensions: [new BasicConstraintsExtension(false)],
  })
  const der = Buffer.from(rawData)
  return {
    der,
    pem: new X509Certificate(der).toString(),
    keyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: hash('sha256', der, 'base64url'),
    keys,
  }
}

/** A request for a certificate (RFC 2986), which is none. */
export async function makeCertificateRequest(name: string): Promise<Buffer> {
  const request = { name: `CN=${name}`, keys: await makeKeys(), signingAlgorithm: algorithm }
  return Buffer.from((await Pkcs10CertificateRequestGenerator.create(request)).rawData)
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}
