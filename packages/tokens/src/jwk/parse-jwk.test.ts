import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { refusalOf } from '../refusal.fixture.ts'
import { algorithms } from '../jws/signature-keys.fixture.ts'
import { listVectors, readVectors } from '../vectors.fixture.ts'
import { exportPrivateJwk, exportPublicJwk } from './export-jwk.ts'
import { generateKey } from './generate-key.ts'
import { parseJwk } from './parse-jwk.ts'

const oct = { kty: 'oct', alg: 'HS256', k: Buffer.alloc(32, 1).toString('base64url') }
const ec = exportPrivateJwk(await generateKey('ES256', { kid: 'ec' }))
const otherEc = exportPrivateJwk(await generateKey('ES256'))
const okp = exportPrivateJwk(await generateKey('Ed25519'))
const otherOkp = exportPrivateJwk(await generateKey('Ed25519'))
const x25519 = exportPrivateJwk(await generateKey('ECDH-ES')) // P-256
const bytes = (length: number): string => Buffer.alloc(length, 1).toString('base64url')
const flip = (text: string | undefined): string => {
  const changed = Buffer.from(text ?? '', 'base64url')
  changed.writeUInt8(changed.readUInt8(7) ^ 1, 7)
  return changed.toString('base64url')
}

describe('the algorithm', () => {
  test('is the JWK’s, or the caller’s where the JWK names none', () => {
    const { alg, ...nameless } = ec
    expect(parseJwk(ec).alg).toBe('ES256')
    expect(parseJwk(nameless, { alg: 'ES256' }).alg).toBe('ES256')
    expect(parseJwk(ec, { alg: 'ES256' }).alg).toBe(alg)
    expect(refusalOf(() => parseJwk(nameless))).toBe('key_unsupported')
    expect(refusalOf(() => parseJwk(ec, { alg: 'ECDH-ES' }))).toBe('key_unusable')
  })

  test('EdDSA is Ed25519', () => {
    expect(parseJwk({ ...okp, alg: 'EdDSA' }).alg).toBe('Ed25519')
    expect(parseJwk({ ...okp, alg: 'EdDSA' }, { alg: 'Ed25519' }).alg).toBe('Ed25519')
  })

  test('the name of a content encryption makes a dir key for it alone', () => {
    const key = parseJwk({ ...oct, alg: 'A256GCM' })
    expect([key.alg, key.enc]).toEqual(['dir', 'A256GCM'])
    expect(exportPrivateJwk(key).alg).toBe('A256GCM')
    expect(parseJwk({ ...oct, alg: 'A256GCM' }, { alg: 'dir' }).enc).toBe('A256GCM')
    expect(refusalOf(() => parseJwk({ ...oct, alg: 'A256CBC-HS512' }))).toBe('key_too_weak')
    expect(refusalOf(() => parseJwk({ ...oct, alg: 'A128GCM' }))).toBe('key_malformed')
  })

  for (const alg of ['none', 'None', 'RSA1_5', 'PBES2-HS256+A128KW', 'ES256K', 'Ed448', 'es256', 'constructor', '']) {
    test(`"${alg}" is not known`, () => {
      expect(refusalOf(() => parseJwk({ ...oct, alg }))).toBe('key_unsupported')
    })
  }

  test('must go with the key type', () => {
    expect(refusalOf(() => parseJwk({ ...oct, alg: 'ES256' }))).toBe('key_malformed')
    expect(refusalOf(() => parseJwk({ ...ec, alg: 'HS256' }))).toBe('key_malformed')
    expect(refusalOf(() => parseJwk({ ...okp, alg: 'A256GCM' }))).toBe('key_malformed')
  })
})

describe('the form', () => {
  for (const { name, jwk, code = 'key_malformed' } of [
    { name: 'nothing', jwk: undefined },
    { name: 'null', jwk: null },
    { name: 'an array', jwk: [oct] },
    { name: 'broken JSON', jwk: '{' },
    { name: 'JSON with a member given twice', jwk: JSON.stringify(oct).replace('{', '{"kty":"oct",') },
    { name: 'no kty', jwk: { ...oct, kty: undefined } },
    { name: 'an inherited kty', jwk: Object.create(oct) as object },
    { name: 'an unknown kty', jwk: { ...oct, kty: 'AKP' }, code: 'key_unsupported' },
    { name: 'an alg that is no string', jwk: { ...oct, alg: 1 } },
    { name: 'a kid that is no string', jwk: { ...oct, kid: 1 } },
    { name: 'padded base64url', jwk: { ...oct, k: `${oct.k}=` } },
    { name: 'no k', jwk: { ...oct, k: undefined } },
    { name: 'a use that is no string', jwk: { ...oct, use: ['sig'] } },
    { name: 'another use', jwk: { ...oct, use: 'enc' }, code: 'key_unusable' },
    { name: 'an unknown use', jwk: { ...oct, use: 'x' }, code: 'key_unusable' },
    { name: 'key_ops that are no array', jwk: { ...oct, key_ops: 'sign' } },
    { name: 'key_ops given twice', jwk: { ...oct, key_ops: ['sign', 'sign'] } },
    { name: 'other key_ops', jwk: { ...oct, key_ops: ['encrypt'] }, code: 'key_unusable' },
    { name: 'no key_ops at all', jwk: { ...oct, key_ops: [] }, code: 'key_unusable' },
    { name: 'a use and key_ops that contradict each other', jwk: { ...oct, use: 'sig', key_ops: ['sign', 'encrypt'] } },
  ]) {
    test(`refuses ${name}`, () => {
      expect(refusalOf(() => parseJwk(jwk))).toBe(code)
    })
  }

  test('accepts JSON text, and members that nobody knows', () => {
    expect(parseJwk(JSON.stringify({ ...oct, x5c: [1], ext: true })).kind).toBe('secret')
  })

  test('nothing makes it throw anything but a TokenError', () => {
    const member = fc.oneof(fc.anything(), fc.base64String(), fc.constantFrom(...Object.values({ ...ec, ...okp })))
    const jwk = fc.record(
      {
        kty: fc.constantFrom<unknown>('oct', 'EC', 'RSA', 'OKP', 1),
        alg: fc.constantFrom<unknown>(...algorithms, 'dir', 'ECDH-ES', 'RSA-OAEP', 'A256GCM', null),
        crv: fc.constantFrom<unknown>('P-256', 'P-521', 'Ed25519', 'X25519', 'x'),
        ...Object.fromEntries(
          ['x', 'y', 'd', 'n', 'e', 'p', 'k', 'use', 'key_ops', 'kid'].map((name) => [name, member]),
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(fc.property(fc.oneof(jwk, fc.anything(), fc.json()), (value) => void refusalOf(() => parseJwk(value))))
  })
})

describe('a symmetric key', () => {
  for (const { alg, least } of [
    { alg: 'HS256', least: 32 },
    { alg: 'HS384', least: 48 },
    { alg: 'HS512', least: 64 },
  ]) {
    test(`for ${alg} has at least ${least} bytes`, () => {
      expect(refusalOf(() => parseJwk({ kty: 'oct', alg, k: bytes(least - 1) }))).toBe('key_too_weak')
      expect(refusalOf(() => parseJwk({ kty: 'oct', alg, k: bytes(least) }))).toBeUndefined()
      expect(refusalOf(() => parseJwk({ kty: 'oct', alg, k: bytes(1000) }))).toBeUndefined()
    })
  }

  test('for key wrap has just the bytes of its cipher', () => {
    expect(refusalOf(() => parseJwk({ kty: 'oct', alg: 'A128KW', k: bytes(15) }))).toBe('key_too_weak')
    expect(refusalOf(() => parseJwk({ kty: 'oct', alg: 'A128KW', k: bytes(16) }))).toBeUndefined()
    expect(refusalOf(() => parseJwk({ kty: 'oct', alg: 'A128KW', k: bytes(32) }))).toBe('key_malformed')
  })
})

describe('a key on a curve', () => {
  for (const { name, jwk, code = 'key_malformed' } of [
    { name: 'a point off the curve', jwk: { ...ec, d: undefined, y: flip(ec.y) } },
    { name: 'a coordinate cut short', jwk: { ...ec, d: undefined, x: bytes(31) } },
    { name: 'a coordinate with a zero before it', jwk: { ...ec, d: undefined, x: `AA${String(ec.x)}` } },
    { name: 'the private number of another key', jwk: { ...ec, d: otherEc.d } },
    { name: 'a private number of zero', jwk: { ...ec, d: Buffer.alloc(32).toString('base64url') } },
    { name: 'a private number beyond the order', jwk: { ...ec, d: Buffer.alloc(32, 255).toString('base64url') } },
    { name: 'a private number cut short', jwk: { ...ec, d: bytes(31) } },
    { name: 'no y', jwk: { ...ec, y: undefined } },
    { name: 'a curve of another algorithm', jwk: { ...ec, crv: 'P-384' }, code: 'key_unsupported' },
    { name: 'an unknown curve', jwk: { ...ec, crv: 'secp256k1' }, code: 'key_unsupported' },
    {
      name: 'P-384 for key agreement',
      jwk: { ...ec, use: 'enc', alg: 'ECDH-ES', crv: 'P-384' },
      code: 'key_unsupported',
    },
    {
      name: 'an Ed25519 point off the curve',
      jwk: { ...okp, d: undefined, x: Buffer.alloc(32, 2).toString('base64url') },
    },
    { name: 'an Ed25519 key cut short', jwk: { ...okp, x: bytes(31) } },
    { name: 'the Ed25519 private half of another key', jwk: { ...okp, d: otherOkp.d } },
    { name: 'an Ed25519 private half cut short', jwk: { ...okp, d: bytes(31) } },
    { name: 'an X25519 key that signs', jwk: { ...okp, crv: 'X25519' }, code: 'key_unsupported' },
  ]) {
    test(`refuses ${name}`, () => {
      expect(refusalOf(() => parseJwk(jwk))).toBe(code)
    })
  }

  test('for key agreement may be on P-256 or X25519', () => {
    expect(parseJwk(x25519).kind).toBe('private')
    const jwk = { kty: 'OKP', crv: 'X25519', alg: 'ECDH-ES', x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08' }
    expect(parseJwk(jwk).kind).toBe('public')
  })
})

test('the keys of the JOSE cookbook (RFC 7520 §3) are parsed and exported as they were', () => {
  const algs = { EC: 'ES512', RSA: 'PS256', oct: undefined } as const
  const files = listVectors('jose-cookbook/jwk')
  for (const file of files) {
    const jwk = readVectors(file) as { readonly kty: keyof typeof algs; readonly alg?: string }
    const alg = algs[jwk.kty]
    const key = parseJwk(jwk, alg === undefined ? {} : { alg })
    const exported = key.kind === 'public' ? exportPublicJwk(key) : exportPrivateJwk(key)
    expect(exported).toEqual({ alg, ...jwk })
  }
  console.info(`JOSE cookbook jwk: ${files.length} vectors, ${files.length} accepted, 0 refused`)
})
