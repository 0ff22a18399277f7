/**
 * Log lines as JSON on standard error.
 *
 * Bodies, query strings and headers are never logged. Two nets below that: members that by their name hold a secret are
 * dropped, and anything that looks like one of our tokens is masked, wherever in a line it stands.
 */

import { destination, pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { Settings } from '../config/settings-table.ts'

export function createLogger(settings: Pick<Settings, 'logLevel'>, stream?: DestinationStream): Logger {
  return pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretMembers.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        remove: true,
      },
      hooks: { streamWrite: (line) => line.replace(tokenLike, (token) => `${token.slice(0, 5)}…`) },
    },
    stream ?? destination(2),
  )
}

const secretMembers = [
  'authorization',
  'password',
  'client_secret',
  'clientSecret',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'code',
  'code_verifier',
  'auth_session',
  'masterKey',
]

/** Opaque tokens (`cs_rt_…`) and JOSE compact serializations (`eyJ….….…`). */
const tokenLike = /\bcs_[a-z]{2}_[\w-]{20,}|\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}/g
