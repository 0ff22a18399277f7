import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../store/records.ts'
import { clientAuth, commonName, makeAuthority, selfSigned, serverAuth } from './certificate.fixture.ts'
import { jwtBearer } from './client-credentials.ts'
import { billing, headerOf, startWhoami } from './mutual-tls.fixture.ts'
import type { Whoami } from './mutual-tls.fixture.ts'

const hour = 3_600_000
const past = { from: new Date(Date.now() - 2 * hour), until: new Date(Date.now() - hour) }
const future = { from: new Date(Date.now() + hour), until: new Date(Date.now() + 2 * hour) }

const authority = await makeAuthority()
const intermediate = await authority.issue({ subject: [[[commonName, 'Intermediate']]], isAuthority: true })
const branch = await (
  await makeAuthority('Elsewhere')
).issue({ subject: [[[commonName, 'Branch']]], isAuthority: true })
const noAuthority = await selfSigned({ subject: [[[commonName, 'None']]] })
const good = await authority.issue({ subject: billing })
const own = await selfSigned({ subject: billing })
const second = await selfSigned()
const expired = await selfSigned(past)
const early = await selfSigned(future)

let at: Whoami
let client: Client
let selfClient: Client
beforeAll(async () => {
  at = await startWhoami([await makeAuthority('Another'), authority, branch, noAuthority], 'tls')
  client = await at.endpoint.addClient({ authentication: 'tls_client_auth', tlsSubject: 'CN=billing,O=Acme,C=DE' })
  selfClient = await at.endpoint.addClient({
    authentication: 'self_signed_tls_client_auth',
    certificateThumbprints: [second, own, expired, early].map(({ thumbprint }) => thumbprint),
  })
})
afterAll(() => at.close())

const counted = (): readonly string[] => at.endpoint.counted
const failed = { status: 401, body: { error: 'invalid_client', error_description: 'client authentication failed' } }

describe('a client is known by its certificate (RFC 8705 §2)', async () => {
  for (const { name, certificates } of [
    { name: 'that an authority signed', certificates: [good] },
    {
      name: 'that is for clients',
      certificates: [await authority.issue({ subject: billing, uses: [serverAuth, clientAuth] })],
    },
    {
      name: 'that an authority signed which comes along, and which ours signed',
      certificates: [await intermediate.issue({ subject: billing }), intermediate],
    },
  ]) {
    test(`of its subject, ${name}; it is bound to that certificate`, async () => {
      const { status, body } = await at.whoami({ client_id: client.id }, { certificates })
      expect([status, body]).toEqual([200, { id: client.id, x5tS256: certificates[0]?.thumbprint }])
    })
  }

  for (const [name, certificate] of Object.entries({ first: second, second: own })) {
    test(`signed by itself, the ${name} of those that are registered`, async () => {
      const { status, body } = await at.whoami({ client_id: selfClient.id }, { certificates: [certificate] })
      expect([status, body]).toEqual([200, { id: selfClient.id, x5tS256: certificate.thumbprint }])
    })
  }
})

test('a certificate says nothing of a client that has another way: it is not bound to it', async () => {
  const open = await at.endpoint.addClient()
  expect((await at.whoami({ client_id: open.id }, { certificates: [good] })).body).toEqual({ id: open.id })
  const { client: withSecret, secret } = await at.endpoint.addConfidentialClient()
  const form = { client_id: withSecret.id, client_secret: secret }
  expect((await at.whoami(form, { certificates: [good] })).body).toEqual({ id: withSecret.id })
})

describe('tls_client_auth refuses', async () => {
  const leaf = await authority.issue({ subject: [[[commonName, 'leaf']]] })
  for (const { name, certificates, code } of [
    { name: 'no certificate', certificates: [], code: 'certificate_required' },
    {
      name: 'one of an authority that we do not know',
      certificates: [await (await makeAuthority('Unknown')).issue({ subject: billing })],
      code: 'certificate_untrusted',
    },
    { name: 'one that is signed by itself', certificates: [own], code: 'certificate_untrusted' },
    {
      name: 'one that is signed by a certificate that may not sign',
      certificates: [await leaf.issue({ subject: billing }), leaf],
      code: 'certificate_untrusted',
    },
    {
      name: 'one that is signed by what may not sign, though it stands in the file',
      certificates: [await noAuthority.issue({ subject: billing })],
      code: 'certificate_untrusted',
    },
    {
      name: 'one of an authority in the file without the one above it, which it would end at',
      certificates: [await branch.issue({ subject: billing })],
      code: 'certificate_untrusted',
    },
    {
      name: 'one without the authority between it and ours',
      certificates: [await intermediate.issue({ subject: billing })],
      code: 'certificate_untrusted',
    },
    {
      name: 'one for servers only',
      certificates: [await authority.issue({ subject: billing, uses: [serverAuth] })],
      code: 'certificate_untrusted',
    },
    {
      name: 'one that has expired',
      certificates: [await authority.issue({ subject: billing, ...past })],
      code: 'certificate_expired',
    },
    {
      name: 'one that is not valid yet',
      certificates: [await authority.issue({ subject: billing, ...future })],
      code: 'certificate_not_yet_valid',
    },
    {
      name: 'another subject',
      certificates: [await authority.issue({ subject: [[[commonName, 'shipping']]] })],
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'its subject in another order',
      certificates: [await authority.issue({ subject: billing.toReversed() })],
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'its subject with one part more',
      certificates: [await authority.issue({ subject: [...billing, [['2.5.4.11', 'x']]] })],
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'its subject with one part less',
      certificates: [await authority.issue({ subject: billing.slice(1) })],
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'its subject in one part',
      certificates: [await authority.issue({ subject: [billing.flat()] })],
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'its subject as the text of another one',
      certificates: [await authority.issue({ subject: [[[commonName, 'billing,O=Acme,C=DE']]] })],
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'its subject behind a line feed',
      certificates: [await authority.issue({ subject: [[[commonName, 'DE\nO=Acme\nCN=billing']]] })],
      code: 'certificate_subject_mismatch',
    },
    {
      name: 'no subject',
      certificates: [await authority.issue({ subject: [] })],
      code: 'certificate_subject_mismatch',
    },
  ]) {
    test(name, async () => {
      const before = counted().length
      expect(await at.whoami({ client_id: client.id }, { certificates })).toEqual(failed)
      expect(counted().slice(before)).toEqual([code, 'client.unauthenticated'])
    })
  }
})

describe('self_signed_tls_client_auth refuses', async () => {
  for (const { name, certificates, code } of [
    { name: 'no certificate', certificates: [], code: 'certificate_required' },
    {
      name: 'another of the same name',
      certificates: [await selfSigned({ subject: billing })],
      code: 'certificate_unknown',
    },
    {
      name: 'another of the same key',
      certificates: [await selfSigned({ keys: own.keys })],
      code: 'certificate_unknown',
    },
    { name: 'one that an authority of ours signed', certificates: [good], code: 'certificate_unknown' },
    { name: 'one that has expired, though registered', certificates: [expired], code: 'certificate_expired' },
    { name: 'one that is not valid yet, though registered', certificates: [early], code: 'certificate_not_yet_valid' },
  ]) {
    test(name, async () => {
      const before = counted().length
      expect(await at.whoami({ client_id: selfClient.id }, { certificates })).toEqual(failed)
      expect(counted().slice(before)).toEqual([code, 'client.unauthenticated'])
    })
  }
})

describe('with a good certificate is refused', () => {
  const send = (form: Readonly<Record<string, string>>) => at.whoami(form, { certificates: [good] })
  test('a secret beside it', async () => {
    expect(await send({ client_id: client.id, client_secret: 'secret' })).toEqual(failed)
  })
  test('an assertion beside it', async () => {
    const form = { client_id: client.id, client_assertion: 'a.b.c', client_assertion_type: jwtBearer }
    expect(await send(form)).toEqual(failed)
  })
  test('a client that has a secret, and does not say it', async () => {
    const { client: withSecret } = await at.endpoint.addConfidentialClient()
    expect(await send({ client_id: withSecret.id })).toEqual(failed)
  })
  test('a client that proves itself by another kind of certificate', async () => {
    expect(await send({ client_id: selfClient.id })).toEqual(failed)
  })
  test('a client that is not there, or not named', async () => {
    expect(await send({ client_id: 'unknown' })).toEqual(failed)
    expect((await send({})).body['error']).toBe('invalid_client')
  })
  test('a client of that method without a subject', async () => {
    const broken = await at.endpoint.addClient({ authentication: 'tls_client_auth', tlsSubject: null })
    expect(await send({ client_id: broken.id })).toEqual(failed)
  })
})

test('a header says nothing where no proxy is to set it', async () => {
  const headers = { 'client-cert': headerOf(good) }
  expect(await at.whoami({ client_id: client.id }, { headers })).toEqual(failed)
  expect(counted()).toContain('certificate_required')
})

test('of an authority that has only the name of ours, TLS itself lets nothing through', async () => {
  const forged = await makeAuthority()
  const certificate = await forged.issue({ subject: billing })
  for (const certificates of [[certificate], [certificate, forged]]) {
    const { status, body } = await at.whoami({ client_id: client.id }, { certificates })
    expect([status, body['error']]).toEqual([400, 'invalid_request'])
  }
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a ${version} session that is resumed has the certificate of its first connection`, async () => {
    const [first, resumed] = await at.connectTwice({ client_id: client.id }, good, version)
    expect([first.status, resumed.status, resumed.isResumed]).toEqual([200, 200, true])
  })

  test(`a ${version} session that is resumed without one has none`, async () => {
    const [first, resumed] = await at.connectTwice({ client_id: client.id }, undefined, version)
    expect([first.status, resumed.status, resumed.isResumed]).toEqual([401, 401, true])
  })
}
