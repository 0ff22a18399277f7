import { describe, expect, test } from 'vitest'
import { parseSettings, SettingsError } from './index.ts'
import type { SettingsSources } from './settings.ts'

const masterKey = Buffer.alloc(32, 7).toString('base64url')
const production = { COUNTERSIGN_MASTER_KEY: masterKey, COUNTERSIGN_ISSUER: 'https://id.example' }

describe('sources', () => {
  test('a flag wins over the environment, which wins over .env', () => {
    const dotenv = 'COUNTERSIGN_PORT=1\nCOUNTERSIGN_HOST=localhost\nCOUNTERSIGN_DATA=/from/dotenv\nOTHER=ignored'
    const env = { COUNTERSIGN_PORT: '2', COUNTERSIGN_HOST: '::1', HOME: '/root' }
    const settings = parseSettings({ flags: { dev: true, port: 3 }, env, dotenv })
    expect(settings).toMatchObject({ port: 3, host: '::1', dataFolder: '/from/dotenv' })
  })

  test('a flag that was not given does not hide the environment', () => {
    const settings = parseSettings({ flags: { dev: true, port: undefined }, env: { COUNTERSIGN_PORT: '2' } })
    expect(settings.port).toBe(2)
  })

  test('without --dev the defaults are the safe ones', () => {
    expect(parseSettings({ env: production })).toMatchObject({
      dev: false,
      issuer: 'https://id.example',
      registration: 'closed',
      metrics: 'off',
      host: '127.0.0.1',
      accessTokenLifetimeSeconds: 300,
      trustedProxies: [],
      auditRetentionDays: 400,
      refusalCountRetentionDays: 30,
    })
  })

  for (const { flags, issuer } of [
    { flags: {}, issuer: 'http://127.0.0.1:4000' },
    { flags: { host: '::1' }, issuer: 'http://[::1]:4000' },
    { flags: { host: 'localhost', port: '80' }, issuer: 'http://localhost' },
    { flags: { tlsCert: 'a', tlsKey: 'b' }, issuer: 'https://127.0.0.1:4000' },
    { flags: { port: '0' }, issuer: undefined },
    { flags: { port: '0', issuer: 'http://localhost:1' }, issuer: 'http://localhost:1' },
  ]) {
    test(`--dev with ${JSON.stringify(flags)} has the issuer ${issuer}`, () => {
      const settings = parseSettings({ flags: { dev: true, ...flags } })
      expect(settings).toMatchObject({ registration: 'open', metrics: 'on' })
      expect(settings.issuer).toBe(issuer)
    })
  }
})

test('the audit trail is kept for some days, or forever', () => {
  const flags = { dev: true, auditRetention: 'forever', refusalCountRetention: '7' }
  expect(parseSettings({ flags })).toMatchObject({ auditRetentionDays: 'forever', refusalCountRetentionDays: 7 })
})

describe('refusals', () => {
  const cases: readonly (SettingsSources & { readonly what: string; readonly names: readonly string[] })[] = [
    { what: 'an unknown flag', flags: { dev: true, prot: '1' }, names: ['--prot'] },
    {
      what: 'an unknown variable',
      flags: { dev: true },
      env: { COUNTERSIGN_ISUER: 'x' },
      names: ['COUNTERSIGN_ISUER'],
    },
    {
      what: 'an unknown variable in .env',
      flags: { dev: true },
      dotenv: 'COUNTERSIGN_X=1',
      names: ['COUNTERSIGN_X in .env'],
    },
    { what: 'a secret as a flag', flags: { dev: true, masterKey }, names: ['--master-key'] },
    { what: 'an empty value', flags: { dev: true }, env: { COUNTERSIGN_DATA: '' }, names: ['COUNTERSIGN_DATA'] },
    { what: 'a port that is none', flags: { dev: true, port: '65536' }, names: ['--port'] },
    { what: 'a number with more to it', flags: { dev: true, port: '80a' }, names: ['--port'] },
    { what: 'no retention', flags: { dev: true, auditRetention: '0' }, names: ['--audit-retention'] },
    {
      what: 'a retention that is none',
      flags: { dev: true, refusalCountRetention: 'always' },
      names: ['--refusal-count-retention'],
    },
    { what: 'a host that is none', flags: { dev: true, host: 'a b' }, names: ['--host'] },
    { what: 'an unknown log level', flags: { dev: true, logLevel: 'loud' }, names: ['--log-level'] },
    { what: 'a proxy by name', flags: { dev: true, trustedProxies: '10.0.0.1,proxy' }, names: ['--trusted-proxies'] },
    { what: 'a range that is none', flags: { dev: true, trustedProxies: '10.0.0.0/33' }, names: ['--trusted-proxies'] },
    {
      what: 'a master key that is too short',
      env: { ...production, COUNTERSIGN_MASTER_KEY: 'abc' },
      names: ['COUNTERSIGN_MASTER_KEY'],
    },
    { what: 'neither issuer nor master key', names: ['--issuer', 'COUNTERSIGN_MASTER_KEY'] },
    { what: 'an http: issuer', env: { ...production, COUNTERSIGN_ISSUER: 'http://id.example' }, names: ['--issuer'] },
    { what: 'open registration', env: production, flags: { registration: 'open' }, names: ['--registration'] },
    { what: '--dev for everybody to reach', flags: { dev: true, host: '0.0.0.0' }, names: ['--host'] },
    {
      what: '--dev for everybody to reach, on any port',
      flags: { dev: true, host: '0.0.0.0', port: '0' },
      names: ['--host'],
    },
    {
      what: '--dev for everybody to reach, behind a proxy',
      flags: { dev: true, host: '0.0.0.0', issuer: 'https://id.example' },
      names: ['--host'],
    },
    { what: 'a certificate without key', env: production, flags: { tlsCert: 'a' }, names: ['--tls-key'] },
    { what: 'a key without certificate', env: production, flags: { tlsKey: 'a' }, names: ['--tls-cert'] },
    {
      what: 'certificates of clients without TLS',
      env: production,
      flags: { tlsClientCa: 'a' },
      names: ['--tls-client-ca'],
    },
    {
      what: 'a header with certificates that nobody is trusted to set',
      env: production,
      flags: { clientCertHeader: 'Client-Cert' },
      names: ['--client-cert-header'],
    },
    {
      what: 'what is no header',
      env: production,
      flags: { clientCertHeader: 'Client Cert', trustedProxies: '10.0.0.1' },
      names: ['--client-cert-header'],
    },
    {
      what: 'an idle time longer than the whole',
      env: production,
      flags: { refreshTokenLifetime: '3600' },
      names: ['--refresh-token-idle'],
    },
    {
      what: 'several at once',
      flags: { port: 'x', hots: 'y' },
      env: { COUNTERSIGN_METRICS: 'maybe' },
      names: ['--hots', '--port', 'COUNTERSIGN_METRICS'],
    },
  ]
  for (const { what, names, ...sources } of cases) {
    test(`${what} is refused by name`, () => {
      const error = refusal(sources)
      expect(error.code).toBe('settings_refused')
      expect(error.problems.map(({ name }) => name)).toEqual(names)
    })
  }

  for (const issuer of [
    'id.example',
    'ftp://id.example',
    'https://id.example/',
    'https://ID.example',
    'https://id.example:443',
    'https://id.example/a/',
    'https://id.example?x=1',
    'https://id.example#x',
    'https://user@id.example',
    'https://id.example/a/../b',
  ]) {
    test(`the issuer ${issuer} is refused`, () => {
      expect(refusal({ env: { ...production, COUNTERSIGN_ISSUER: issuer } }).problems).toMatchObject([
        { name: 'COUNTERSIGN_ISSUER' },
      ])
    })
  }

  test('a typing error is answered with what was meant', () => {
    const [problem] = refusal({ flags: { dev: true }, env: { COUNTERSIGN_ISUER: 'x' } }).problems
    expect(problem?.mend).toBe('Did you mean COUNTERSIGN_ISSUER?')
  })

  test('the value of a secret is not repeated', () => {
    const error = refusal({ env: { ...production, COUNTERSIGN_MASTER_KEY: 'hunter2' } })
    expect(error.message).not.toContain('hunter2')
  })
})

test('proxies may be addresses and ranges of both families', () => {
  const trustedProxies = '10.0.0.0/8, 192.0.2.1,2001:db8::/32'
  expect(parseSettings({ flags: { dev: true, trustedProxies } }).trustedProxies).toEqual([
    '10.0.0.0/8',
    '192.0.2.1',
    '2001:db8::/32',
  ])
})

function refusal(sources: SettingsSources): SettingsError {
  try {
    parseSettings(sources)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('the settings were accepted')
}
