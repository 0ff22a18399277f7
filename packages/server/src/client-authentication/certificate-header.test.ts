import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../store/records.ts'
import { commonName, makeAuthority, selfSigned, serverAuth } from './certificate.fixture.ts'
import { billing, headerOf, startWhoami } from './mutual-tls.fixture.ts'
import type { Whoami } from './mutual-tls.fixture.ts'

const hour = 3_600_000
const past = { from: new Date(Date.now() - 2 * hour), until: new Date(Date.now() - hour) }

const authority = await makeAuthority()
const deadAuthority = await selfSigned({ subject: [[[commonName, 'Dead']]], isAuthority: true, ...past })
const noAuthority = await selfSigned({ subject: [[[commonName, 'None']]] })
const intermediate = await authority.issue({ subject: [[[commonName, 'Intermediate']]], isAuthority: true })
const good = await authority.issue({ subject: billing })
const own = await selfSigned()

const fromProxy = { clientCertHeader: 'Client-Cert', trustedProxies: '127.0.0.1' }
const ways: { [name in 'trusted' | 'untrusted' | 'unset']?: Whoami } = {}
const clients = new Map<Whoami, { readonly client: Client; readonly selfClient: Client }>()
beforeAll(async () => {
  const authorities = [authority, deadAuthority, noAuthority]
  ways.trusted = await startWhoami(authorities, 'plain', fromProxy)
  ways.untrusted = await startWhoami(authorities, 'plain', { ...fromProxy, trustedProxies: '10.0.0.0/8,::2' })
  ways.unset = await startWhoami([], 'plain', { trustedProxies: '127.0.0.1' })
  for (const way of Object.values(ways)) {
    const { addClient } = way.endpoint
    clients.set(way, {
      client: await addClient({ authentication: 'tls_client_auth', tlsSubject: 'CN=billing,O=Acme,C=DE' }),
      selfClient: await addClient({
        authentication: 'self_signed_tls_client_auth',
        certificateThumbprints: [own.thumbprint],
      }),
    })
  }
})
afterAll(() => Promise.all(Object.values(ways).map((way) => way.close())))

type Field = string | readonly string[]

async function ask(way: keyof typeof ways, kind: 'client' | 'selfClient', field?: Field, name = 'client-cert') {
  const at = ways[way]
  const client = at && clients.get(at)?.[kind]
  if (at === undefined || client === undefined) throw new Error('it has not started')
  const before = at.endpoint.counted.length
  const answer = await at.whoami({ client_id: client.id }, { headers: field === undefined ? {} : { [name]: field } })
  return { ...answer, id: client.id, counted: at.endpoint.counted.slice(before) }
}

describe('a certificate in a header of a trusted proxy (RFC 9440)', () => {
  test('proves a client by the authority that signed it', async () => {
    const { body, id } = await ask('trusted', 'client', headerOf(good))
    expect(body).toEqual({ id, x5tS256: good.thumbprint })
  })

  test('proves a client by its thumbprint, in the form of nginx, too', async () => {
    for (const field of [headerOf(own), encodeURIComponent(own.pem)]) {
      const { body, id } = await ask('trusted', 'selfClient', field)
      expect(body).toEqual({ id, x5tS256: own.thumbprint })
    }
  })
})

describe('a certificate in a header is refused', async () => {
  const half = good.der.subarray(0, good.der.length / 2)
  for (const { name, way = 'trusted', field, header, code } of [
    { name: 'where there is none', field: undefined, code: 'certificate_required' },
    { name: 'in another header', field: headerOf(good), header: 'x-client-cert', code: 'certificate_required' },
    {
      name: 'from an address that is no proxy’s',
      way: 'untrusted',
      field: headerOf(good),
      code: 'certificate_source_refused',
    },
    { name: 'where no header is set', way: 'unset', field: headerOf(good), code: 'certificate_required' },
    { name: 'that is empty', field: '', code: 'certificate_malformed' },
    { name: 'that comes twice', field: [headerOf(good), headerOf(good)], code: 'certificate_duplicated' },
    { name: 'with another in a list', field: `${headerOf(good)}, ${headerOf(own)}`, code: 'certificate_duplicated' },
    { name: 'without its colons', field: good.der.toString('base64'), code: 'certificate_malformed' },
    { name: 'in base64url', field: `:${good.der.toString('base64url')}:`, code: 'certificate_malformed' },
    { name: 'with white space inside', field: headerOf(good).replace('A', 'A '), code: 'certificate_malformed' },
    { name: 'as PEM on one line', field: good.pem.replaceAll('\n', ' '), code: 'certificate_malformed' },
    { name: 'cut in half', field: headerOf({ der: half }), code: 'certificate_malformed' },
    {
      name: 'with bytes behind it',
      field: headerOf({ der: Buffer.concat([good.der, Buffer.of(0)]) }),
      code: 'certificate_malformed',
    },
    {
      name: 'with another behind it',
      field: headerOf({ der: Buffer.concat([good.der, own.der]) }),
      code: 'certificate_malformed',
    },
    { name: 'that is text', field: headerOf({ der: Buffer.from('certificate') }), code: 'certificate_malformed' },
    { name: 'with parameters', field: `${headerOf(good)};verified=1`, code: 'certificate_malformed' },
    {
      name: 'of another authority of that name',
      field: headerOf(await (await makeAuthority()).issue({ subject: billing })),
      code: 'certificate_untrusted',
    },
    {
      name: 'signed by itself',
      field: headerOf(await selfSigned({ subject: billing })),
      code: 'certificate_untrusted',
    },
    {
      name: 'with an authority between it and ours',
      field: headerOf(await intermediate.issue({ subject: billing })),
      code: 'certificate_untrusted',
    },
    {
      name: 'of an authority that has expired',
      field: headerOf(await deadAuthority.issue({ subject: billing })),
      code: 'certificate_untrusted',
    },
    {
      name: 'of what may not sign, though it stands in the file',
      field: headerOf(await noAuthority.issue({ subject: billing })),
      code: 'certificate_untrusted',
    },
    {
      name: 'for servers only',
      field: headerOf(await authority.issue({ subject: billing, uses: [serverAuth] })),
      code: 'certificate_untrusted',
    },
    {
      name: 'that has expired',
      field: headerOf(await authority.issue({ subject: billing, ...past })),
      code: 'certificate_expired',
    },
    {
      name: 'of another subject',
      field: headerOf(await authority.issue({ subject: billing.slice(1) })),
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'whose signature was changed',
      field: headerOf({ der: Buffer.from(good.der.map((byte, at) => (at === good.der.length - 1 ? byte ^ 1 : byte))) }),
      code: 'certificate_untrusted',
    },
  ] satisfies readonly {
    name: string
    way?: keyof typeof ways
    field: Field | undefined
    header?: string
    code: string
  }[]) {
    test(name, async () => {
      const { status, body, counted } = await ask(way, 'client', field, header)
      expect([status, body['error']]).toEqual([401, 'invalid_client'])
      expect(counted).toEqual([code, 'client.unauthenticated'])
    })
  }
})
