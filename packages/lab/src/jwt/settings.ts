/**
 * What `jwt` is told by its variable and its options.
 */

import type { ServerOptions } from '../running-server.ts'
import { SettingError, readTextSecret } from '../secrets.ts'

export interface JwtSettings {
  /** The very first secret, where one is given. */
  readonly firstSecret: Uint8Array | undefined
  readonly lifetimeSeconds: number
  readonly rotateEverySeconds: number
  /** How long a secret verifies after its replacement. */
  readonly graceSeconds: number
  /** Where users, phones and secrets are kept; undefined: in memory. */
  readonly dataFile: string | undefined
  /** In seconds. */
  readonly now: () => number
}

const hour = 3600

/** @throws {SettingError} */
export function readJwtSettings(options: ServerOptions): JwtSettings {
  const { tokenTtlSeconds: lifetimeSeconds = hour, extra = {} } = options
  const secret = readTextSecret('LAB_JWT_SECRET', options)
  return {
    firstSecret: secret.isMade ? undefined : secret.bytes,
    lifetimeSeconds,
    rotateEverySeconds: parseSeconds('rotate-every', extra['rotate-every'], hour, 0.001),
    // A token that was signed by a secret's last breath lives to its end.
    graceSeconds: parseSeconds('grace', extra['grace'], lifetimeSeconds, 0),
    dataFile: extra['data'],
    now: options.now ?? (() => Date.now() / 1000),
  }
}

function parseSeconds(name: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise
  const seconds = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= least) return seconds
  throw new SettingError(`--${name} is no number of seconds. Write, for example: --${name} 3600`)
}
