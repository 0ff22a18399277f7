/**
 * What `one-time` is told by its variables, named as its source names them, and by its options.
 */

import { secretKey } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'

import type { ServerOptions } from '../running-server.ts'
import { SettingError, readEnvironment, readTextSecret } from '../secrets.ts'

export interface OneTimeSettings {
  readonly key: Key
  readonly issuer: string
  readonly audience: string
  readonly lifetimeSeconds: number
  /** The Redis to remember in. */
  readonly redisUrl: string | undefined
  /** In seconds. */
  readonly now: () => number
  readonly warnings: readonly string[]
}

/** A day: nobody means a longer one by a "short-lived" token. */
const longestMinutes = 24 * 60

/** @throws {SettingError} */
export function readOneTimeSettings(options: ServerOptions): OneTimeSettings {
  const environment = readEnvironment(options)
  const secret = readTextSecret('JWT_SECRET_KEY', options)
  return {
    key: secretKey('HS256', secret.bytes),
    issuer: environment['JWT_ISSUER'] ?? 'zero-trust-auth-server',
    audience: environment['JWT_AUDIENCE'] ?? 'zero-trust-clients',
    lifetimeSeconds: options.tokenTtlSeconds ?? parseMinutes(environment['ACCESS_TOKEN_TTL_MINUTES'] ?? '2') * 60,
    redisUrl: parseRedisUrl(options.extra?.['redis']),
    now: options.now ?? (() => Date.now() / 1000),
    warnings: secret.isMade
      ? ['JWT_SECRET_KEY is not set: a random secret is used, and no token outlives this process.']
      : [],
  }
}

function parseMinutes(text: string): number {
  const minutes = /^\d{1,4}(\.\d{1,6})?$/.test(text) ? Number(text) : 0
  if (minutes > 0 && minutes <= longestMinutes) return minutes
  throw new SettingError(
    `ACCESS_TOKEN_TTL_MINUTES is no number of minutes above 0 and up to ${longestMinutes}. Write, for example: ACCESS_TOKEN_TTL_MINUTES=2`,
  )
}

function parseRedisUrl(text: string | undefined): string | undefined {
  if (text === undefined || /^rediss?:\/\/[^/\s]/.test(text)) return text
  throw new SettingError('--redis is no address of a Redis. Write, for example: --redis redis://127.0.0.1:6379')
}
