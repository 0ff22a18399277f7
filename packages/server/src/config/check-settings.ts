/** The rules about settings that go together. Each setting by itself is checked by its type. */

import { BlockList, isIP } from 'node:net'
import type { SettingsProblem } from './settings-error.ts'
import type { Settings } from './settings-table.ts'

/** Answers the combinations that are forbidden: without `--dev` there is no unsafe one. */
export function checkSettings(settings: Settings): readonly SettingsProblem[] {
  return rules.filter(({ breaks }) => breaks(settings)).map(({ name, problem, mend }) => ({ name, problem, mend }))
}

const rules: readonly (SettingsProblem & { readonly breaks: (settings: Settings) => boolean })[] = [
  {
    breaks: ({ dev, issuer }) => !dev && issuer === undefined,
    name: '--issuer',
    problem: 'is missing',
    mend: 'Give the public https: URL of the server, or try things out with --dev.',
  },
  {
    breaks: ({ dev, issuer }) => !dev && isPlain(issuer),
    name: '--issuer',
    problem: 'is an http: URL: tokens and passwords would travel in clear text',
    mend: 'Give an https: URL; --dev allows http: on this machine only.',
  },
  {
    // Also behind a proxy with an https: issuer: whoever reaches the port itself would speak to it in clear text.
    breaks: ({ dev, issuer, tlsCert, host }) => dev && (isPlain(issuer) || tlsCert === undefined) && !isLoopback(host),
    name: '--host',
    problem: 'is not a loopback address, and --dev would speak plain HTTP there',
    mend: 'Listen on 127.0.0.1, ::1 or localhost, or give --tls-cert and --tls-key.',
  },
  {
    breaks: ({ dev, masterKey }) => !dev && masterKey === undefined,
    name: 'COUNTERSIGN_MASTER_KEY',
    problem: 'is missing: private keys are encrypted under it',
    mend: 'Make one with `openssl rand -hex 32` and keep it in your secret store.',
  },
  {
    breaks: ({ dev, registration }) => !dev && registration === 'open',
    name: '--registration',
    problem: 'is open: anybody could make themselves a user',
    mend: 'Create users with `countersign users create`; only --dev allows open registration.',
  },
  {
    breaks: ({ tlsCert, tlsKey }) => tlsCert !== undefined && tlsKey === undefined,
    name: '--tls-key',
    problem: 'is missing beside --tls-cert',
    mend: 'Give both or neither.',
  },
  {
    breaks: ({ tlsCert, tlsKey }) => tlsCert === undefined && tlsKey !== undefined,
    name: '--tls-cert',
    problem: 'is missing beside --tls-key',
    mend: 'Give both or neither.',
  },
  {
    breaks: ({ tlsClientCa, tlsCert, clientCertHeader }) =>
      tlsClientCa !== undefined && tlsCert === undefined && clientCertHeader === undefined,
    name: '--tls-client-ca',
    problem: 'asks clients for certificates, and the server speaks no TLS',
    mend: 'Give --tls-cert and --tls-key too, or --client-cert-header behind a proxy that speaks TLS.',
  },
  {
    breaks: ({ clientCertHeader, trustedProxies }) => clientCertHeader !== undefined && trustedProxies.length === 0,
    name: '--client-cert-header',
    problem: 'is believed from trusted proxies only, and there are none',
    mend: 'Name them with --trusted-proxies.',
  },
  {
    breaks: ({ refreshTokenIdleSeconds, refreshTokenLifetimeSeconds }) =>
      refreshTokenIdleSeconds > refreshTokenLifetimeSeconds,
    name: '--refresh-token-idle',
    problem: 'is longer than --refresh-token-lifetime',
    mend: 'Make it shorter or equal.',
  },
]

function isPlain(issuer: string | undefined): boolean {
  return issuer?.startsWith('http:') === true
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  const version = isIP(host)
  return version === 0 ? host === 'localhost' : loopback.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
