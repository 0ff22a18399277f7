/** The certificate and key of `--tls-cert` and `--tls-key`, read once at start. */

import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { SettingsError } from '../config/settings-error.ts'
import type { Settings } from '../config/settings-table.ts'

export interface Tls {
  readonly cert: Buffer
  readonly key: Buffer
  readonly minVersion: 'TLSv1.2'
}

/** @throws {SettingsError} if a file cannot be read, or the two do not belong together. */
export function readTls({ tlsCert, tlsKey }: Pick<Settings, 'tlsCert' | 'tlsKey'>): Tls | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const tls: Tls = { cert: read('--tls-cert', tlsCert), key: read('--tls-key', tlsKey), minVersion: 'TLSv1.2' }
  try {
    createSecureContext(tls)
  } catch (cause) {
    const problem = { name: '--tls-cert', problem: 'and --tls-key are not a certificate and its key' }
    throw new SettingsError([{ ...problem, mend: 'Give two PEM files that belong together.' }], { cause })
  }
  return tls
}

function read(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const mend = 'Give the path of a file that the server may read.'
    throw new SettingsError([{ name, problem: 'cannot be read', mend }], { cause })
  }
}
