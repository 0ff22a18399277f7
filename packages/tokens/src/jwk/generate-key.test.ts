import { expect, test } from 'vitest'

import { refusalOf } from '../refusal.fixture.ts'
import { exportPrivateJwk, exportPublicJwk } from './export-jwk.ts'
import { generateKey } from './generate-key.ts'
import { parseJwk } from './parse-jwk.ts'
import { secretKey } from './secret-key.ts'
import { thumbprint } from './thumbprint.ts'

for (const { alg, kind, facts } of [
  { alg: 'HS256', kind: 'secret', facts: 32 },
  { alg: 'HS384', kind: 'secret', facts: 48 },
  { alg: 'HS512', kind: 'secret', facts: 64 },
  { alg: 'A128KW', kind: 'secret', facts: 16 },
  { alg: 'A256KW', kind: 'secret', facts: 32 },
  { alg: 'ES256', kind: 'private', facts: 'P-256' },
  { alg: 'ES384', kind: 'private', facts: 'P-384' },
  { alg: 'ES512', kind: 'private', facts: 'P-521' },
  { alg: 'Ed25519', kind: 'private', facts: 'Ed25519' },
  { alg: 'ECDH-ES', kind: 'private', facts: 'P-256' },
  { alg: 'RS256', kind: 'private', facts: 3072 },
] as const) {
  test(`a key for ${alg} is as strong as it should be, and survives export and parsing`, async () => {
    const key = await generateKey(alg)
    const jwk = exportPrivateJwk(key)
    expect(key.kind).toBe(kind)
    expect(key.kid).toBe(kind === 'secret' ? undefined : thumbprint(key))
    expect(jwk.crv ?? key.keyObject.symmetricKeySize ?? key.keyObject.asymmetricKeyDetails?.modulusLength).toBe(facts)
    expect(exportPrivateJwk(parseJwk(jwk))).toEqual(jwk)
    if (kind === 'private') {
      expect(exportPublicJwk(key)).not.toHaveProperty('d')
      expect(exportPublicJwk(parseJwk(exportPublicJwk(key)))).toEqual(exportPublicJwk(key))
    }
  })
}

test('a kid may be given', async () => {
  expect((await generateKey('ES256', { kid: 'mine' })).kid).toBe('mine')
  expect((await generateKey('HS256', { kid: 'mine' })).kid).toBe('mine')
})

test('a dir key is as long as its content encryption asks, and for it alone', async () => {
  const key = await generateKey('dir', { enc: 'A256CBC-HS512' })
  expect([key.enc, key.keyObject.symmetricKeySize, exportPrivateJwk(key).alg]).toEqual([
    'A256CBC-HS512',
    64,
    'A256CBC-HS512',
  ])
  await expect(generateKey('dir')).rejects.toThrow(TypeError)
})

test('"key_ops" are exported with the private key', () => {
  const jwk = { kty: 'oct', alg: 'HS256', use: 'sig', key_ops: ['sign'], k: Buffer.alloc(32).toString('base64url') }
  expect(exportPrivateJwk(parseJwk(jwk))).toEqual(jwk)
})

test('no key has a half that it has not', async () => {
  const secret = await generateKey('HS256')
  const publicKey = parseJwk(exportPublicJwk(await generateKey('ES256')))
  expect(() => exportPublicJwk(secret)).toThrow(TypeError)
  expect(() => exportPrivateJwk(publicKey)).toThrow(TypeError)
})

test('a secret key must be long enough, and for an algorithm that takes one', () => {
  expect(secretKey('HS256', Buffer.alloc(32), { kid: 'k' }).kid).toBe('k')
  expect(refusalOf(() => secretKey('HS256', Buffer.alloc(31)))).toBe('key_too_weak')
  expect(refusalOf(() => secretKey('A128KW', Buffer.alloc(17)))).toBe('key_malformed')
  expect(() => secretKey('ES256', Buffer.alloc(32))).toThrow(TypeError)
})

test('a handle shows no secret when it is printed', async () => {
  const key = await generateKey('HS256')
  const secret = String(exportPrivateJwk(key).k)
  expect(JSON.stringify(key)).not.toContain(secret)
})
