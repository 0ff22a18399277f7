/** Certificates of an authority, and those that it or their holder has signed: good for a day. */

import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Extension } from '@peculiar/x509'
import { hash, KeyObject, X509Certificate } from 'node:crypto'

export interface Identity {
  readonly cert: string
  readonly key: string
  /** As a token that is bound to it has it ("x5t#S256"). */
  readonly thumbprint: string
}

export interface Authority extends Identity {
  /**
   * @param subject As it stands in the certificate, from the least specific part on: `O=Shop, CN=till`.
   * @param use A server is on this machine.
   */
  issue(subject: string, use: 'server' | 'client'): Promise<Identity>
}

interface Signer {
  readonly subject: string
  readonly keys: CryptoKeyPair
}

const day = 86_400_000
const onThisMachine = new SubjectAlternativeNameExtension([
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
])

export async function makeAuthority(): Promise<Authority> {
  const authority = { subject: 'CN=Test authority', keys: await makeKeys() }
  return {
    ...(await sign(authority, authority, [new BasicConstraintsExtension(true, undefined, true)])),
    async issue(subject, use) {
      const uses = new ExtendedKeyUsageExtension([ExtendedKeyUsage[`${use}Auth`]])
      const extensions = use === 'server' ? [uses, onThisMachine] : [uses]
      return sign({ subject, keys: await makeKeys() }, authority, extensions)
    },
  }
}

/** A certificate of nobody but its holder, which serves on this machine as well. */
export async function selfSign(subject: string): Promise<Identity> {
  const holder = { subject, keys: await makeKeys() }
  return sign(holder, holder, [onThisMachine])
}

async function sign({ subject, keys }: Signer, issuer: Signer, extensions: Extension[]): Promise<Identity> {
  const { rawData } = await X509CertificateGenerator.create({
    subject,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    notAfter: new Date(Date.now() + day),
    extensions,
  })
  const certificate = new X509Certificate(Buffer.from(rawData))
  return {
    cert: certificate.toString(),
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: hash('sha256', certificate.raw, 'base64url'),
  }
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
}
