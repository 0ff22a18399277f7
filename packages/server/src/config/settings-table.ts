/**
 * Every setting of the server: its name, its type, its default, what it does. The one source of the parser, of the
 * command's flags and of docs/reference/settings.md.
 *
 * A flag is `--` and the name; the environment variable is `COUNTERSIGN_` and the name in capitals.
 */

import { longestAccessTokenSeconds } from '../store/records.ts'
import {
  addressList,
  daysOrForever,
  fieldName,
  flag,
  host,
  integer,
  issuerUrl,
  masterKeyText,
  oneOf,
  path,
} from './parsers.ts'
import type { Parser } from './parsers.ts'

/** How the server runs. Parsed once, at start. */
export interface Settings {
  readonly dev: boolean
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  /** Undefined only with `--dev` and port 0: then it is the address that the server comes to listen on. */
  readonly issuer: string | undefined
  /** 32 bytes in hexadecimal or base64url. Undefined only with `--dev`: then the data folder holds one. */
  readonly masterKey: string | undefined
  readonly registration: 'open' | 'closed'
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly tlsClientCa: string | undefined
  readonly trustedProxies: readonly string[]
  readonly clientCertHeader: string | undefined
  readonly accessTokenLifetimeSeconds: number
  readonly idTokenLifetimeSeconds: number
  readonly codeLifetimeSeconds: number
  readonly authSessionLifetimeSeconds: number
  readonly refreshTokenIdleSeconds: number
  readonly refreshTokenLifetimeSeconds: number
  readonly auditRetentionDays: number | 'forever'
  readonly refusalCountRetentionDays: number | 'forever'
  readonly passwordHashesInFlight: number
  readonly passwordQueueLength: number
  readonly requestTimeoutSeconds: number
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  readonly metrics: 'on' | 'off'
}

export interface Setting<T> {
  /** Kebab-case. */
  readonly name: string
  readonly type: Parser<NonNullable<T>>
  readonly default: T
  /** The default with `--dev`, where it differs. */
  readonly devDefault?: T
  /** Describes a default that is not a constant. */
  readonly defaultNote?: string
  /** One sentence or two. */
  readonly doc: string
  /** The placeholder in the command's help. None: the flag takes no value. */
  readonly placeholder?: string
  readonly unit?: 'seconds' | 'days'
  /** A secret has no flag, because the list of processes shows flags to everybody. */
  readonly secret?: true
}

const day = 86_400

export const settingsTable: { readonly [K in keyof Settings]: Setting<Settings[K]> } = {
  dev: {
    name: 'dev',
    type: flag,
    default: false,
    doc: 'Runs for development: allows an http: issuer on a loopback host and open registration, and keeps a generated master key in the data folder. Never use it where others can reach the server.',
  },
  host: {
    name: 'host',
    type: host,
    default: '127.0.0.1',
    doc: 'The address to listen on.',
    placeholder: 'ADDRESS',
  },
  port: {
    name: 'port',
    type: integer(0, 65_535),
    default: 4000,
    doc: 'The port to listen on; 0 takes any free port.',
    placeholder: 'PORT',
  },
  dataFolder: {
    name: 'data',
    type: path,
    default: './data',
    doc: 'The folder that holds the database. Created if it is not there.',
    placeholder: 'DIR',
  },
  issuer: {
    name: 'issuer',
    type: issuerUrl,
    default: undefined,
    defaultNote: 'none; with `--dev` the address that the server listens on',
    doc: 'The public origin, as clients and browsers reach the server. It is the `iss` of every token, so changing it invalidates them all.',
    placeholder: 'URL',
  },
  masterKey: {
    name: 'master-key',
    type: masterKeyText,
    default: undefined,
    defaultNote: 'none; with `--dev` one is generated and kept in the data folder',
    doc: 'Encrypts private keys in the database. Who loses it loses every signing key.',
    secret: true,
  },
  registration: {
    name: 'registration',
    type: oneOf('open', 'closed'),
    default: 'closed',
    devDefault: 'open',
    doc: 'Whether anybody may register a user at `POST /api/users`. `open` needs `--dev`.',
    placeholder: 'WHO',
  },
  tlsCert: {
    name: 'tls-cert',
    type: path,
    default: undefined,
    doc: 'A PEM file with the certificate chain: the server speaks TLS itself. Goes with `--tls-key`.',
    placeholder: 'FILE',
  },
  tlsKey: {
    name: 'tls-key',
    type: path,
    default: undefined,
    doc: 'A PEM file with the private key of `--tls-cert`.',
    placeholder: 'FILE',
  },
  tlsClientCa: {
    name: 'tls-client-ca',
    type: path,
    default: undefined,
    doc: 'A PEM file with the authorities that sign certificates of clients, and those above them up to the roots: the server asks for one at every TLS connection, so that clients can authenticate by `tls_client_auth` or `self_signed_tls_client_auth`, and their tokens are bound to it.',
    placeholder: 'FILE',
  },
  trustedProxies: {
    name: 'trusted-proxies',
    type: addressList,
    default: [],
    defaultNote: 'none',
    doc: 'The proxies in front of the server, whose `X-Forwarded-For` is believed. From any other address it is ignored.',
    placeholder: 'ADDRESSES',
  },
  clientCertHeader: {
    name: 'client-cert-header',
    type: fieldName,
    default: undefined,
    doc: 'The header in which the proxies of `--trusted-proxies` hand over the certificate that a client has proven to them, such as `Client-Cert` (RFC 9440). They must remove it from what clients send. For `tls_client_auth` one of the authorities of `--tls-client-ca` must have signed the certificate itself.',
    placeholder: 'NAME',
  },
  accessTokenLifetimeSeconds: {
    name: 'access-token-lifetime',
    type: integer(10, longestAccessTokenSeconds),
    default: 300,
    unit: 'seconds',
    doc: 'How long an access token is valid.',
    placeholder: 'SECONDS',
  },
  idTokenLifetimeSeconds: {
    name: 'id-token-lifetime',
    type: integer(10, longestAccessTokenSeconds),
    default: 300,
    unit: 'seconds',
    doc: 'How long an ID token is valid.',
    placeholder: 'SECONDS',
  },
  codeLifetimeSeconds: {
    name: 'code-lifetime',
    type: integer(5, 600),
    default: 60,
    unit: 'seconds',
    doc: 'How long an authorization code can be redeemed.',
    placeholder: 'SECONDS',
  },
  authSessionLifetimeSeconds: {
    name: 'auth-session-lifetime',
    type: integer(30, 3600),
    default: 600,
    unit: 'seconds',
    doc: 'How long a sign-in may take, from its first request to its authorization code.',
    placeholder: 'SECONDS',
  },
  refreshTokenIdleSeconds: {
    name: 'refresh-token-idle',
    type: integer(60, 365 * day),
    default: 30 * day,
    unit: 'seconds',
    doc: 'How long a refresh token can be used; every use hands out a new one.',
    placeholder: 'SECONDS',
  },
  refreshTokenLifetimeSeconds: {
    name: 'refresh-token-lifetime',
    type: integer(60, 365 * day),
    default: 90 * day,
    unit: 'seconds',
    doc: 'How long after the sign-in refreshing ends, however often it was used.',
    placeholder: 'SECONDS',
  },
  auditRetentionDays: {
    name: 'audit-retention',
    type: daysOrForever(1, 36_500),
    default: 400,
    unit: 'days',
    doc: 'How long events stay in the audit trail; older ones are deleted.',
    placeholder: 'DAYS',
  },
  refusalCountRetentionDays: {
    name: 'refusal-count-retention',
    type: daysOrForever(1, 36_500),
    default: 30,
    unit: 'days',
    doc: 'How long it is kept how often requests were refused, by minute and reason.',
    placeholder: 'DAYS',
  },
  passwordHashesInFlight: {
    name: 'password-hashes-in-flight',
    type: integer(1, 64),
    default: 2,
    doc: 'How many passwords are hashed at once. Each takes a processor and 19 MiB while it lasts.',
    placeholder: 'COUNT',
  },
  passwordQueueLength: {
    name: 'password-queue-length',
    type: integer(0, 10_000),
    default: 100,
    doc: 'How many passwords may wait to be hashed; beyond that the answer is 503 with `Retry-After`.',
    placeholder: 'COUNT',
  },
  requestTimeoutSeconds: {
    name: 'request-timeout',
    type: integer(1, 300),
    default: 10,
    unit: 'seconds',
    doc: 'How long a client may take to send a request; beyond that the answer is 408.',
    placeholder: 'SECONDS',
  },
  logLevel: {
    name: 'log-level',
    type: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    doc: 'The least severe messages that are logged, as JSON lines on standard error.',
    placeholder: 'LEVEL',
  },
  metrics: {
    name: 'metrics',
    type: oneOf('on', 'off'),
    default: 'off',
    devDefault: 'on',
    doc: 'Whether `GET /metrics` answers, in the text format of Prometheus. It is not authenticated: keep it from the public with a proxy.',
    placeholder: 'SWITCH',
  },
}

/** The environment variable of a setting. */
export function environmentName(setting: Pick<Setting<unknown>, 'name'>): string {
  return `COUNTERSIGN_${setting.name.toUpperCase().replaceAll('-', '_')}`
}
