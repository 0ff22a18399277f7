import { generateKeyPairSync } from 'node:crypto'
import { tokenExchangeGrantType } from '@countersign/protocol'
import { exportPrivateJwk, exportPublicJwk, generateKey, secretKey } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { selfSigned } from '../client-authentication/certificate.fixture.ts'
import { checkClientOptions } from './client-rules.ts'

const es256 = await generateKey('ES256')
const publicJwks = JSON.stringify({ keys: [exportPublicJwk(es256)] })
const apis = ['https://pay.example']
const rsaJwks = (modulusLength: number, alg = 'PS256') => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
  return JSON.stringify({ keys: [exportPublicJwk(es256), { ...publicKey.export({ format: 'jwk' }), alg }] })
}
const certificate = await selfSigned()
const rsaCertificate = async (modulusLength: number) => {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  }
  const { pem } = await selfSigned({ keys: await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) })
  return pem
}

for (const { name, options, field, rule } of [
  {
    name: 'no secret that exchanges tokens',
    options: { public: true, grants: ['authorization_code', tokenExchangeGrantType] },
    field: 'grants',
    rule: 'public',
  },
  { name: 'an empty name', options: { name: '' }, field: 'name', rule: 'form' },
  { name: 'a line feed in its name', options: { name: 'a\nb' }, field: 'name', rule: 'form' },
  { name: 'a short id', options: { id: 'a' }, field: 'id', rule: 'form' },
  { name: 'a colon in its id', options: { id: 'a:bc' }, field: 'id', rule: 'form' },
  { name: 'a UUID for an id', options: { id: '0b9a7c1e-3f52-4c8e-9d1a-6a5b4c3d2e1f' }, field: 'id', rule: 'uuid' },
  {
    name: 'no secret that acts for itself',
    options: { public: true, grants: ['client_credentials'] },
    field: 'grants',
    rule: 'public',
  },
  { name: 'an unknown grant type', options: { grants: ['password'] }, field: 'grants', rule: 'unknown' },
  { name: 'no grant type', options: { grants: [] }, field: 'grants', rule: 'required' },
  { name: 'refresh tokens for nothing', options: { grants: ['refresh_token'] }, field: 'grants', rule: 'incomplete' },
  {
    name: 'people’s trust that signs nobody in',
    options: { firstParty: true, grants: ['client_credentials'] },
    field: 'grants',
    rule: 'incomplete',
  },
  { name: 'two scopes in one', options: { scopes: ['a b'] }, field: 'scopes', rule: 'form' },
  { name: 'an unknown API', options: { audiences: ['https://no.example'] }, field: 'audiences', rule: 'unknown' },
  { name: 'an unknown API to serve', options: { serves: ['https://no.example'] }, field: 'serves', rule: 'unknown' },
  {
    name: 'an API to serve and no secret',
    options: { public: true, firstParty: true, serves: apis },
    field: 'serves',
    rule: 'public',
  },
  { name: 'a path in an origin', options: { origins: ['https://app.example/'] }, field: 'origins', rule: 'form' },
  { name: 'a wildcard origin', options: { origins: ['*'] }, field: 'origins', rule: 'form' },
  { name: 'the opaque origin', options: { origins: ['null'] }, field: 'origins', rule: 'form' },
  { name: 'a data URL for an origin', options: { origins: ['data:x'] }, field: 'origins', rule: 'form' },
  { name: 'capitals in an origin', options: { origins: ['https://App.example'] }, field: 'origins', rule: 'form' },
  { name: 'an origin without TLS', options: { origins: ['http://app.example'] }, field: 'origins', rule: 'insecure' },
  { name: 'another ID token algorithm', options: { idTokenAlg: 'HS256' }, field: 'idTokenAlg', rule: 'unknown' },
  {
    name: 'keys and no secret',
    options: { public: true, firstParty: true, jwks: publicJwks },
    field: 'jwks',
    rule: 'public',
  },
  {
    name: 'a subject in the order of OpenSSL’s printed form',
    options: { tlsSubject: 'C = DE, O = Acme, CN = billing' },
    field: 'tlsSubject',
    rule: 'form',
  },
  { name: 'an empty subject', options: { tlsSubject: '' }, field: 'tlsSubject', rule: 'form' },
  {
    name: 'a subject and no secret',
    options: { public: true, firstParty: true, tlsSubject: 'CN=app' },
    field: 'tlsSubject',
    rule: 'public',
  },
  { name: 'no certificates', options: { certificates: [''] }, field: 'certificates', rule: 'form' },
  {
    name: 'a certificate that is broken',
    options: { certificates: [certificate.pem.replace(/\n[^\n]{20}/, '\n')] },
    field: 'certificates',
    rule: 'form',
  },
  {
    name: 'a certificate of an RSA key of 2048 bits beside a good one',
    options: { certificates: [certificate.pem, await rsaCertificate(2048)] },
    field: 'certificates',
    rule: 'weak',
  },
  {
    name: 'a certificate of an RSA key of 1024 bits',
    options: { certificates: [await rsaCertificate(1024)] },
    field: 'certificates',
    rule: 'weak',
  },
  {
    name: 'a certificate with its private key',
    options: { certificates: [certificate.pem + certificate.keyPem] },
    field: 'certificates',
    rule: 'form',
  },
  {
    name: 'a certificate and no secret',
    options: { public: true, firstParty: true, certificates: [certificate.pem] },
    field: 'certificates',
    rule: 'public',
  },
  {
    name: 'two ways to authenticate',
    options: { tlsSubject: 'CN=app', certificates: [certificate.pem] },
    field: 'authentication',
    rule: 'several',
  },
  {
    name: 'keys and a subject',
    options: { jwks: publicJwks, tlsSubject: 'CN=app' },
    field: 'authentication',
    rule: 'several',
  },
  { name: 'keys that are no JSON', options: { jwks: 'x' }, field: 'jwks', rule: 'form' },
  { name: 'no keys', options: { jwks: '{"keys":[]}' }, field: 'jwks', rule: 'empty' },
  {
    name: 'its private key',
    options: { jwks: JSON.stringify({ keys: [exportPrivateJwk(es256)] }) },
    field: 'jwks',
    rule: 'private',
  },
  {
    name: 'an RSA key of 2048 bits beside a good key',
    options: { jwks: rsaJwks(2048) },
    field: 'jwks',
    rule: 'weak',
  },
  { name: 'an RSA key of 3071 bits', options: { jwks: rsaJwks(3071, 'RS256') }, field: 'jwks', rule: 'weak' },
  {
    name: 'a secret key',
    options: { jwks: JSON.stringify({ keys: [exportPrivateJwk(secretKey('HS256', new Uint8Array(32)))] }) },
    field: 'jwks',
    rule: 'private',
  },
]) {
  test(`a client with ${name} is refused: ${field} ${rule}`, () => {
    const problems = [expect.objectContaining({ field, rule })]
    expect(() => checkClientOptions({ name: 'Client', ...options }, apis)).toThrow(
      expect.objectContaining({ name: 'AdminError', code: 'client_invalid', problems }),
    )
  })
}

test('a resource server asks for no tokens, unless it is told to', () => {
  const server = { name: 'Orders', serves: [...apis, ...apis] }
  expect(checkClientOptions(server, apis)).toMatchObject({ serves: apis, audiences: [], grantTypes: [] })
  const grants = ['client_credentials']
  expect(checkClientOptions({ ...server, grants }, apis)).toMatchObject({ grantTypes: grants })
})

test('everything wrong is said at once', () => {
  const options = { name: '', public: true, origins: ['*'], audiences: ['urn:no'] }
  expect(() => checkClientOptions(options, apis)).toThrow(/^name: .*; grants: .*; audiences: .*; origins: /)
})

test('a client with public keys authenticates by assertion, and nothing but their public form is kept', () => {
  const client = checkClientOptions({ name: 'Client', jwks: publicJwks }, apis)
  expect(client.authentication).toBe('private_key_jwt')
  expect(JSON.parse(client.jwks!)).toEqual({ keys: [exportPublicJwk(es256)] })
})

test('an RSA key of 3072 bits will do', async () => {
  const authenticationOf = (options: object) => checkClientOptions({ name: 'Client', ...options }, apis).authentication
  expect(authenticationOf({ jwks: rsaJwks(3072) })).toBe('private_key_jwt')
  expect(authenticationOf({ certificates: [await rsaCertificate(3072)] })).toBe('self_signed_tls_client_auth')
})

test('what is named twice is kept once, and origins on this machine need no TLS', () => {
  const origins = ['https://app.example', 'http://localhost:5173', 'http://127.0.0.1:5173', 'http://[::1]:5173']
  const options = {
    name: 'Client',
    scopes: ['a', 'a'],
    audiences: [...apis, ...apis],
    origins: [...origins, ...origins],
  }
  expect(checkClientOptions(options, apis)).toMatchObject({ scopes: ['a'], audiences: apis, origins })
})

test('a client by its subject, by its certificates, and one that has bound tokens only', async () => {
  const checked = (options: object) => checkClientOptions({ name: 'App', ...options }, apis)
  const tlsSubject = 'CN=billing,O=Acme,C=DE'
  expect(checked({ tlsSubject })).toMatchObject({ authentication: 'tls_client_auth', tlsSubject, dpopBound: false })
  const other = await selfSigned()
  const certificates = [`a comment\n${certificate.pem}${other.pem}`, other.pem]
  expect(checked({ certificates, dpopBound: true })).toMatchObject({
    authentication: 'self_signed_tls_client_auth',
    certificateThumbprints: [certificate.thumbprint, other.thumbprint],
    dpopBound: true,
  })
})
