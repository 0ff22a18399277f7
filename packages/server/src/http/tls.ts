/** The files of `--tls-cert`, `--tls-key` and `--tls-client-ca`, read once at start. */

import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { SettingsError } from '../config/settings-error.ts'
import type { Settings } from '../config/settings-table.ts'

export interface Tls {
  readonly cert: Buffer
  readonly key: Buffer
  readonly minVersion: 'TLSv1.2'
  /** The server asks for a certificate and judges it later: most clients have none. */
  readonly ca?: readonly string[]
  readonly requestCert?: true
  readonly rejectUnauthorized?: false
}

/** @throws {SettingsError} if a file cannot be read, or the two do not belong together. */
export function readTls(settings: Pick<Settings, 'tlsCert' | 'tlsKey' | 'tlsClientCa'>): Tls | undefined {
  const { tlsCert, tlsKey } = settings
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const authorities = readClientAuthorities(settings).map((authority) => authority.toString())
  const tls: Tls = {
    cert: read('--tls-cert', tlsCert),
    key: read('--tls-key', tlsKey),
    minVersion: 'TLSv1.2',
    ...(authorities.length > 0 && { ca: authorities, requestCert: true, rejectUnauthorized: false }),
  }
  try {
    createSecureContext({ cert: tls.cert, key: tls.key, minVersion: tls.minVersion })
  } catch (cause) {
    const problem = { name: '--tls-cert', problem: 'and --tls-key are not a certificate and its key' }
    throw new SettingsError([{ ...problem, mend: 'Give two PEM files that belong together.' }], { cause })
  }
  return tls
}

const pem = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs

/**
 * Answers the authorities that sign certificates of clients; none if there is no such file.
 *
 * @throws {SettingsError} if the file cannot be read, or holds no certificate or a broken one.
 */
export function readClientAuthorities({ tlsClientCa }: Pick<Settings, 'tlsClientCa'>): readonly X509Certificate[] {
  if (tlsClientCa === undefined) return []
  const problem = { name: '--tls-client-ca', mend: 'Give a PEM file with the certificates of authorities.' }
  const texts = read('--tls-client-ca', tlsClientCa).toString('latin1').match(pem) ?? []
  if (texts.length === 0) throw new SettingsError([{ ...problem, problem: 'holds no certificate' }])
  try {
    return texts.map((text) => new X509Certificate(text))
  } catch (cause) {
    throw new SettingsError([{ ...problem, problem: 'holds a certificate that is broken' }], { cause })
  }
}

function read(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const mend = 'Give the path of a file that the server may read.'
    throw new SettingsError([{ name, problem: 'cannot be read', mend }], { cause })
  }
}
