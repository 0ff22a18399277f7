import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Demands } from '../../demands.ts'
import type { GuardErrorCode } from '../../guard-error.ts'
import { makeKey, mintAccessToken, setUpGuard } from '../../guard.fixture.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { makeCertificate, makeCertificateRequest } from './certificate.fixture.ts'
import type { ClientCertificates } from './certificate-gate.ts'

const issuerKey = await makeKey('k1')
const own = await makeCertificate('client')
const renewed = await makeCertificate('client', { keys: own.keys })
const other = await makeCertificate('other')
const namesake = await makeCertificate('client')
const expired = await makeCertificate('expired', { until: new Date('2021-01-01') })

const { publicKey } = new X509Certificate(own.der)
const proxy = '10.0.0.1'
const fromProxy: ClientCertificates = { header: 'Client-Cert', proxies: [proxy, '192.0.2.0/24', '2001:db8::/32'] }
const bound = mintAccessToken(issuerKey, { cnf: { 'x5t#S256': own.thumbprint } })
const unbound = mintAccessToken(issuerKey)
const demands: Demands = { proof: 'mtls' }

const byteSequence = (der: Uint8Array): string => `:${Buffer.from(der).toString('base64')}:`
/** As nginx does it. */
const escapePem = (pem: string): string =>
  encodeURIComponent(pem.endsWith('\n') ? pem : `${pem}\n`)
    .replace(/%20/g, ' ')
    .replace(/%2F/g, '/')
const flip = (der: Buffer, at: number): Buffer => {
  const flipped = Buffer.from(der)
  flipped[at]! ^= 1
  return flipped
}

interface Sent {
  readonly token?: string
  readonly headers?: readonly string[]
  readonly from?: string | undefined
  readonly certificate?: Uint8Array
}

function request({ token = bound, headers = [], from, certificate }: Sent): GuardRequest {
  const rawHeaders = ['Authorization', `Bearer ${token}`, ...headers]
  return { method: 'GET', url: '/', rawHeaders, remoteAddress: from, clientCertificate: certificate }
}

const admit = (source: ClientCertificates, sent: Sent, demanded: Demands = {}) =>
  setUpGuard(issuerKey, { clientCertificates: source }).guard.admit(request(sent), demanded)

describe('a token that is bound to a certificate is taken', () => {
  for (const { name, source, sent } of [
    { name: 'on its TLS connection', source: 'socket', sent: { certificate: own.der } },
    {
      name: 'with a byte sequence (RFC 9440)',
      source: fromProxy,
      sent: { headers: ['client-cert', byteSequence(own.der)], from: proxy },
    },
    {
      name: 'with an escaped PEM text',
      source: fromProxy,
      sent: { headers: ['Client-Cert', escapePem(own.pem)], from: proxy },
    },
    {
      name: 'with a PEM text that is escaped throughout',
      source: fromProxy,
      sent: { headers: ['Client-Cert', encodeURIComponent(own.pem)], from: proxy },
    },
    {
      name: 'from a range of proxies',
      source: fromProxy,
      sent: { headers: ['Client-Cert', byteSequence(own.der)], from: '192.0.2.77' },
    },
    {
      name: 'from a range of IPv6',
      source: fromProxy,
      sent: { headers: ['Client-Cert', byteSequence(own.der)], from: '2001:db8::7' },
    },
    {
      name: 'from a proxy on a dual-stack socket',
      source: fromProxy,
      sent: { headers: ['Client-Cert', byteSequence(own.der)], from: `::ffff:${proxy}` },
    },
  ] satisfies { name: string; source: ClientCertificates; sent: Sent }[]) {
    test(`${name}, demanded or not`, async () => {
      expect((await admit(source, sent)).grant.subject).toBe('user-1')
      expect((await admit(source, sent, demands)).grant.subject).toBe('user-1')
    })
  }

  test('also when the certificate has ended: the token says which one, and for how long', async () => {
    const token = mintAccessToken(issuerKey, { cnf: { 'x5t#S256': expired.thumbprint } })
    expect((await admit('socket', { token, certificate: expired.der }, demands)).grant.subject).toBe('user-1')
  })
})

test('a token that is not bound is taken where no certificate is demanded, whoever sends one', async () => {
  expect((await admit('socket', { token: unbound, certificate: other.der })).grant.subject).toBe('user-1')
  const headers = ['Client-Cert', 'x', 'Client-Cert', 'y']
  expect((await admit(fromProxy, { token: unbound, headers, from: '203.0.113.1' })).grant.subject).toBe('user-1')
})

const inHeader = (...values: readonly string[]): Sent => ({
  headers: values.flatMap((value) => ['Client-Cert', value]),
  from: proxy,
})
const good = byteSequence(own.der)
const goodPem = escapePem(own.pem)

const refusals: readonly {
  readonly name: string
  readonly sent: Sent
  readonly code: GuardErrorCode
  readonly source?: ClientCertificates
}[] = [
  // Missing.
  { name: 'no TLS', source: 'socket', sent: {}, code: 'certificate_required' },
  {
    name: 'a header, where the connection counts',
    source: 'socket',
    sent: inHeader(good),
    code: 'certificate_required',
  },
  { name: 'no header', sent: { from: proxy }, code: 'certificate_required' },
  {
    name: 'the chain alone',
    sent: { headers: ['Client-Cert-Chain', good], from: proxy },
    code: 'certificate_required',
  },
  {
    name: 'a header of another name',
    sent: { headers: ['X-Client-Cert', good], from: proxy },
    code: 'certificate_required',
  },
  {
    name: 'a connection’s certificate, where the header counts',
    sent: { certificate: own.der, from: proxy },
    code: 'certificate_required',
  },
  // Duplicated.
  { name: 'the same header twice', sent: inHeader(good, good), code: 'certificate_duplicated' },
  { name: 'another after the good one', sent: inHeader(good, byteSequence(other.der)), code: 'certificate_duplicated' },
  { name: 'another before the good one', sent: inHeader('', good), code: 'certificate_duplicated' },
  { name: 'a list', sent: inHeader(`${good}, ${good}`), code: 'certificate_duplicated' },
  { name: 'a list of PEM texts', sent: inHeader(`${goodPem},${goodPem}`), code: 'certificate_duplicated' },
  // From elsewhere.
  {
    name: 'from an address that is no proxy',
    sent: { ...inHeader(good), from: '203.0.113.1' },
    code: 'certificate_source_refused',
  },
  {
    name: 'from an address that begins like a proxy’s',
    sent: { ...inHeader(good), from: '10.0.0.11' },
    code: 'certificate_source_refused',
  },
  { name: 'from beside the range', sent: { ...inHeader(good), from: '192.0.3.0' }, code: 'certificate_source_refused' },
  {
    name: 'from another network of IPv6',
    sent: { ...inHeader(good), from: '2001:db9::1' },
    code: 'certificate_source_refused',
  },
  {
    name: 'from this machine, which is not named',
    sent: { ...inHeader(good), from: '::1' },
    code: 'certificate_source_refused',
  },
  { name: 'from nowhere', sent: { ...inHeader(good), from: undefined }, code: 'certificate_source_refused' },
  {
    name: 'from an address that is none',
    sent: { ...inHeader(good), from: 'proxy' },
    code: 'certificate_source_refused',
  },
  {
    name: 'from elsewhere, with a header that says otherwise',
    sent: { headers: ['Client-Cert', good, 'X-Forwarded-For', proxy], from: '203.0.113.1' },
    code: 'certificate_source_refused',
  },
  {
    name: 'twice, from elsewhere',
    sent: { ...inHeader(good, good), from: '203.0.113.1' },
    code: 'certificate_source_refused',
  },
  // Malformed headers.
  { name: 'an empty header', sent: inHeader(''), code: 'certificate_malformed' },
  { name: 'base64 without colons', sent: inHeader(good.slice(1, -1)), code: 'certificate_malformed' },
  { name: 'one colon', sent: inHeader(good.slice(0, -1)), code: 'certificate_malformed' },
  { name: 'an empty byte sequence', sent: inHeader('::'), code: 'certificate_malformed' },
  { name: 'a string', sent: inHeader(`"${good.slice(1, -1)}"`), code: 'certificate_malformed' },
  { name: 'a byte sequence with a parameter', sent: inHeader(`${good};v=1`), code: 'certificate_malformed' },
  { name: 'a byte sequence with a space', sent: inHeader(`: ${good.slice(1)}`), code: 'certificate_malformed' },
  {
    name: 'base64url',
    sent: inHeader(`:${Buffer.from('fb'.repeat(300), 'hex').toString('base64url')}:`),
    code: 'certificate_malformed',
  },
  {
    name: 'base64 without its padding',
    sent: inHeader(byteSequence(await paddedCertificate()).replace(/=+:$/, ':')),
    code: 'certificate_malformed',
  },
  {
    name: 'base64 with too much padding',
    sent: inHeader(`${good.slice(0, -1).replace(/=*$/, '')}===:`),
    code: 'certificate_malformed',
  },
  { name: 'base64 with stray bits', sent: inHeader(':AB==:'), code: 'certificate_malformed' },
  { name: 'hexadecimal', sent: inHeader(own.der.toString('hex')), code: 'certificate_malformed' },
  { name: 'a header of 20 KiB', sent: inHeader(`:${'A'.repeat(20_480)}:`), code: 'certificate_malformed' },
  {
    name: 'a PEM text that is not escaped',
    sent: inHeader(own.pem.replaceAll('\n', ' ')),
    code: 'certificate_malformed',
  },
  { name: 'a PEM text without its end', sent: inHeader(goodPem.slice(0, -30)), code: 'certificate_malformed' },
  { name: 'a PEM text without its beginning', sent: inHeader(goodPem.slice(20)), code: 'certificate_malformed' },
  {
    name: 'a PEM text of nothing',
    sent: inHeader(escapePem('-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n')),
    code: 'certificate_malformed',
  },
  {
    name: 'a PEM text that is escaped twice',
    sent: inHeader(encodeURIComponent(goodPem)),
    code: 'certificate_malformed',
  },
  {
    name: 'a PEM text with a broken escape',
    sent: inHeader(goodPem.replace('%0A', '%zz')),
    code: 'certificate_malformed',
  },
  { name: 'a PEM text with words around it', sent: inHeader(`cert=${goodPem}`), code: 'certificate_malformed' },
  { name: 'two certificates in a PEM text', sent: inHeader(goodPem + goodPem), code: 'certificate_malformed' },
  { name: 'the PEM text of a private key', sent: inHeader(escapePem(own.keyPem)), code: 'certificate_malformed' },
  // Malformed certificates.
  {
    name: 'a certificate cut in half',
    sent: inHeader(byteSequence(own.der.subarray(0, 150))),
    code: 'certificate_malformed',
  },
  {
    name: 'a certificate with a byte after it',
    sent: inHeader(byteSequence(Buffer.concat([own.der, Buffer.of(0)]))),
    code: 'certificate_malformed',
  },
  {
    name: 'two certificates, one after the other',
    sent: inHeader(byteSequence(Buffer.concat([own.der, other.der]))),
    code: 'certificate_malformed',
  },
  {
    name: 'a certificate with another outermost type',
    sent: inHeader(byteSequence(flip(own.der, 0))),
    code: 'certificate_malformed',
  },
  { name: 'a PEM text as bytes', sent: inHeader(byteSequence(Buffer.from(own.pem))), code: 'certificate_malformed' },
  {
    name: 'a certificate request',
    sent: inHeader(byteSequence(await makeCertificateRequest('client'))),
    code: 'certificate_malformed',
  },
  {
    name: 'a public key',
    sent: inHeader(byteSequence(publicKey.export({ type: 'spki', format: 'der' }))),
    code: 'certificate_malformed',
  },
  { name: 'a private key', sent: inHeader(byteSequence(Buffer.from(own.keyPem))), code: 'certificate_malformed' },
  {
    name: 'the thumbprint itself',
    sent: inHeader(byteSequence(Buffer.from(own.thumbprint, 'base64url'))),
    code: 'certificate_malformed',
  },
  {
    name: 'no bytes, on the connection',
    source: 'socket',
    sent: { certificate: new Uint8Array() },
    code: 'certificate_malformed',
  },
  {
    name: 'a certificate cut short, on the connection',
    source: 'socket',
    sent: { certificate: own.der.subarray(0, -1) },
    code: 'certificate_malformed',
  },
  // Another's.
  {
    name: 'another client’s certificate',
    source: 'socket',
    sent: { certificate: other.der },
    code: 'certificate_mismatch',
  },
  {
    name: 'another client’s certificate in the header',
    sent: inHeader(byteSequence(other.der)),
    code: 'certificate_mismatch',
  },
  {
    name: 'another certificate of the same key',
    sent: inHeader(byteSequence(renewed.der)),
    code: 'certificate_mismatch',
  },
  { name: 'a certificate of the same name', sent: inHeader(byteSequence(namesake.der)), code: 'certificate_mismatch' },
  {
    name: 'a bit flipped in the signature',
    sent: inHeader(byteSequence(flip(own.der, own.der.length - 1))),
    code: 'certificate_mismatch',
  },
  // Another token.
  {
    name: 'a token that is bound to none',
    source: 'socket',
    sent: { token: unbound, certificate: own.der },
    code: 'certificate_token_unbound',
  },
  ...(
    [
      ['in hexadecimal', Buffer.from(own.thumbprint, 'base64url').toString('hex'), 'token_claim_invalid'],
      ['with padding', `${own.thumbprint}=`, 'token_claim_invalid'],
      ['as a list', [own.thumbprint], 'token_claim_invalid'],
      ['of null', null, 'token_claim_invalid'],
      ['of nothing', '', 'token_claim_invalid'],
    ] as const
  ).map(([name, thumbprint, code]) => ({
    name: `a token that is bound to a thumbprint ${name}`,
    sent: { ...inHeader(good), token: mintAccessToken(issuerKey, { cnf: { 'x5t#S256': thumbprint } }) },
    code,
  })),
  {
    name: 'a token that is bound by SHA-1',
    sent: { ...inHeader(good), token: mintAccessToken(issuerKey, { cnf: { x5t: 'A'.repeat(27) } }) },
    code: 'proof_required',
  },
  {
    name: 'a token that is bound to a key as well',
    sent: {
      ...inHeader(good),
      token: mintAccessToken(issuerKey, { cnf: { 'x5t#S256': own.thumbprint, jkt: own.thumbprint } }),
    },
    code: 'proof_required',
  },
]

describe('is refused', () => {
  for (const { name, source = fromProxy, sent, code } of refusals) {
    test(name, async () => {
      const refusal = {
        name: 'GuardError',
        code,
        status: 401,
        headers: { 'WWW-Authenticate': expect.stringMatching(/^Bearer error="invalid_token", error_description="/) },
      }
      await expect(admit(source, sent, demands)).rejects.toMatchObject(refusal)
      if (sent.token === unbound) return
      // The token asks for it by itself.
      await expect(admit(source, sent)).rejects.toMatchObject(refusal)
    })
  }
})

test('there are more than forty of them', () => expect(refusals.length).toBeGreaterThan(40))

describe('a source that makes no sense is the caller’s mistake', () => {
  for (const { name, source } of [
    { name: 'no proxy', source: { header: 'Client-Cert', proxies: [] } },
    { name: 'a proxy by name', source: { header: 'Client-Cert', proxies: ['proxy.example'] } },
    { name: 'all the world by a star', source: { header: 'Client-Cert', proxies: ['*'] } },
    { name: 'a range that is none', source: { header: 'Client-Cert', proxies: ['10.0.0.0/33'] } },
    { name: 'a range in words', source: { header: 'Client-Cert', proxies: ['10.0.0.0/x'] } },
    { name: 'a range of a range', source: { header: 'Client-Cert', proxies: ['10.0.0.0/8/8'] } },
    { name: 'no header', source: { header: '', proxies: [proxy] } },
    { name: 'a header with a colon', source: { header: 'Client-Cert:', proxies: [proxy] } },
  ]) {
    test(name, () => expect(() => setUpGuard(issuerKey, { clientCertificates: source })).toThrow(TypeError))
  }
})

/** How long a certificate is varies with its signature; every third has no padding in base64. */
async function paddedCertificate(): Promise<Buffer> {
  for (;;) {
    const { der } = await makeCertificate('client')
    if (der.length % 3 !== 0) return der
  }
}
