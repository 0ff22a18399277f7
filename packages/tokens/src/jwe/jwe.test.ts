import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeBase64url } from '../base64url.ts'
import { exportPublicJwk } from '../jwk/export-jwk.ts'
import { generateKey } from '../jwk/generate-key.ts'
import type { ContentEncryption, Key } from '../jwk/key.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { secretKey } from '../jwk/secret-key.ts'
import { wrapKey } from './aes-key-wrap.ts'
import { contentCipher } from './content-encryption.ts'
import { decryptJwe } from './decrypt.ts'
import { encryptJwe } from './encrypt.ts'
import { agreementAlgs, rsaKey, x25519Key } from './keys.fixture.ts'

const cek = Buffer.alloc(16, 7)
const dir = secretKey('dir', cek)
const wrapping = await generateKey('A128KW')
const agreement = await generateKey('ECDH-ES')
const rsa = rsaKey('RSA-OAEP-256')

/** What a hostile sender who knows the keys can send: any header, any encrypted key, content that decrypts. */
function seal(header: unknown, encryptedKey: Buffer = Buffer.alloc(0), key: Buffer = cek): string {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const encoded = Buffer.from(text).toString('base64url')
  const enc: ContentEncryption = key.length === 16 ? 'A128GCM' : 'A256GCM'
  const content = contentCipher(enc, key).encrypt(Buffer.from('hello'), Buffer.from(encoded))
  return [encoded, ...[encryptedKey, content.iv, content.ciphertext, content.tag].map(encodeBase64url)].join('.')
}

function refused(code: string): Error {
  return expect.objectContaining({ name: 'TokenError', code }) as Error
}

const failed = expect.objectContaining({
  name: 'TokenError',
  code: 'token_decryption_failed',
  message: 'the token cannot be decrypted',
}) as Error

const header = { alg: 'dir', enc: 'A128GCM' }
const token = seal(header)

test('the plaintext and the whole header are answered', () => {
  const { header: answered, plaintext } = decryptJwe(seal({ ...header, cs_context: { table: 'keys' } }), dir)
  expect(plaintext.toString()).toBe('hello')
  expect(answered).toEqual({ ...header, cs_context: { table: 'keys' } })
})

test('the header names algorithm, content encryption and key', () => {
  const key = secretKey('dir', cek, { kid: 'k1' })
  expect(decryptJwe(encryptJwe('x', key, { enc: 'A128GCM', header: { typ: 'cs' } }), key).header).toEqual({
    alg: 'dir',
    enc: 'A128GCM',
    kid: 'k1',
    typ: 'cs',
  })
})

describe('form and header', () => {
  const replace = (part: number, text: string): string => token.split('.').with(part, text).join('.')

  for (const { name, text, code } of [
    { name: 'an empty text', text: '', code: 'token_malformed' },
    { name: 'four parts', text: token.slice(0, token.lastIndexOf('.')), code: 'token_malformed' },
    { name: 'six parts', text: `${token}.`, code: 'token_malformed' },
    { name: 'no text at all', text: undefined as unknown as string, code: 'token_malformed' },
    { name: 'more than 8 KiB', text: 'a'.repeat(8193), code: 'token_too_large' },
    { name: 'a padded IV', text: replace(2, `${token.split('.')[2] ?? ''}=`), code: 'token_malformed' },
    { name: 'white space in the ciphertext', text: replace(3, 'AA AA'), code: 'token_malformed' },
    { name: 'a non-canonical tag', text: replace(4, 'AAAAAAAAAAAAAAAAAAAAAB'), code: 'token_malformed' },
    { name: 'a header that is no object', text: seal([]), code: 'token_malformed' },
    {
      name: 'a header with a repeated member',
      text: seal('{"alg":"dir","enc":"A128GCM","\\u0065nc":"A128GCM"}'),
      code: 'token_malformed',
    },
    { name: 'a header without "alg"', text: seal({ enc: 'A128GCM' }), code: 'token_header_refused' },
    { name: 'a header without "enc"', text: seal({ alg: 'dir' }), code: 'token_algorithm_refused' },
    { name: 'a "kid" that is no string', text: seal({ ...header, kid: 1 }), code: 'token_header_refused' },
    {
      name: 'a critical extension',
      text: seal({ ...header, crit: ['cs_context'], cs_context: 1 }),
      code: 'token_header_refused',
    },
    { name: 'compression', text: seal({ ...header, zip: 'DEF' }), code: 'token_header_refused' },
    {
      name: 'another "alg" than the key is for',
      text: seal({ ...header, alg: 'A128KW' }),
      code: 'token_algorithm_refused',
    },
    { name: 'RSA1_5', text: seal({ ...header, alg: 'RSA1_5' }), code: 'token_algorithm_refused' },
    {
      name: 'PBES2',
      text: seal({ ...header, alg: 'PBES2-HS256+A128KW', p2c: 1e9, p2s: 'AA' }),
      code: 'token_algorithm_refused',
    },
    { name: 'an "enc" that nobody knows', text: seal({ ...header, enc: 'toString' }), code: 'token_algorithm_refused' },
    {
      name: 'an "enc" for which the key is too short',
      text: seal({ ...header, enc: 'A256GCM' }),
      code: 'token_decryption_failed',
    },
  ]) {
    test(`refuses ${name}`, () => {
      expect(() => decryptJwe(text, dir)).toThrow(refused(code))
    })
  }

  test('a longer token is accepted where the caller allows it', () => {
    const long = encryptJwe(Buffer.alloc(20_000), dir, { enc: 'A128GCM' })
    expect(decryptJwe(long, dir, { maxBytes: 30_000 }).plaintext.length).toBe(20_000)
  })

  test('a remembered header cannot be changed by who received it', () => {
    const text = seal({ ...header, cs_context: { table: 'keys' } })
    const first = decryptJwe(text, dir).header
    expect(() => Object.assign(first, { alg: 'A128KW' })).toThrow(TypeError)
    expect(() => Object.assign(first['cs_context'] as object, { table: 'users' })).toThrow(TypeError)
  })
})

describe('critical extensions (RFC 7516 §4.1.13)', () => {
  const extended = { ...header, crit: ['cs_a', 'cs_b'], cs_a: 1, cs_b: null }
  const understood = { crit: ['cs_a', 'cs_b', 'cs_c'] }

  test('are accepted by who understands them, and made', () => {
    expect(decryptJwe(seal(extended), dir, understood).header).toEqual(extended)
    const { alg: _, enc, ...members } = extended
    const made = encryptJwe('hello', dir, { enc: 'A128GCM', header: members })
    expect(decryptJwe(made, dir, understood).header).toEqual({ alg: 'dir', enc, ...members })
  })

  test('are refused by the next caller, who does not understand them', () => {
    const text = seal(extended)
    decryptJwe(text, dir, understood)
    expect(() => decryptJwe(text, dir)).toThrow(refused('token_header_refused'))
    expect(() => decryptJwe(text, dir, { crit: ['cs_a'] })).toThrow(refused('token_header_refused'))
  })

  for (const { name, crit } of [
    { name: 'no list', crit: 'cs_a' },
    { name: 'a list of none', crit: [] },
    { name: 'null', crit: null },
    { name: 'a name twice', crit: ['cs_a', 'cs_a'] },
    { name: 'a name that is no text', crit: ['cs_a', 1] },
    { name: 'a member that is not there', crit: ['cs_a', 'cs_c'] },
    { name: 'a member that every object has', crit: ['toString'] },
    { name: 'a member of the standard', crit: ['enc'] },
  ]) {
    test(`"crit" that is ${name} is refused, and not made`, () => {
      expect(() => decryptJwe(seal({ ...extended, crit }), dir, understood)).toThrow(refused('token_header_refused'))
      const { alg: _, enc: __, ...members } = { ...extended, crit }
      expect(() => encryptJwe('x', dir, { enc: 'A128GCM', header: members })).toThrow(TypeError)
    })
  }
})

describe('one failure, whatever fails', () => {
  const parts = token.split('.')
  const short = (part: number, bytes: number): string =>
    parts.with(part, Buffer.from(parts[part] ?? '', 'base64url').toString('base64url', 0, bytes)).join('.')
  const off = {
    kty: 'EC',
    crv: 'P-256',
    x: encodeBase64url(Buffer.alloc(32, 1)),
    y: encodeBase64url(Buffer.alloc(32, 1)),
  }
  const rsaEncrypted = (bytes: Buffer): Buffer =>
    publicEncrypt({ key: rsa.keyObject, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, bytes)
  const agreed = (epk: unknown, more: object = {}): string => seal({ alg: 'ECDH-ES', enc: 'A128GCM', epk, ...more })

  for (const { name, text, key } of [
    { name: 'another key', text: token, key: secretKey('dir', Buffer.alloc(16, 8)) },
    { name: 'a GCM tag of 12 bytes', text: short(4, 12), key: dir },
    { name: 'a GCM IV of 8 bytes', text: short(2, 8), key: dir },
    { name: 'an encrypted key beside `dir`', text: parts.with(1, 'AAAA').join('.'), key: dir },
    {
      name: 'an encrypted key beside ECDH-ES',
      text: encryptJwe('x', agreement, { enc: 'A128GCM' }).replace('..', '.AAAA.'),
      key: agreement,
    },
    {
      name: 'a wrapped key that is none',
      text: seal({ alg: 'A128KW', enc: 'A128GCM' }, randomBytes(24)),
      key: wrapping,
    },
    { name: 'no wrapped key', text: seal({ alg: 'A128KW', enc: 'A128GCM' }), key: wrapping },
    {
      name: 'a wrapped key of the wrong size',
      text: seal({ alg: 'A128KW', enc: 'A128GCM' }, wrapKey(wrapping.keyObject, Buffer.alloc(32))),
      key: wrapping,
    },
    {
      name: 'an RSA ciphertext that is none',
      text: seal({ alg: 'RSA-OAEP-256', enc: 'A128GCM' }, randomBytes(256)),
      key: rsa,
    },
    {
      name: 'an RSA ciphertext of the wrong length',
      text: seal({ alg: 'RSA-OAEP-256', enc: 'A128GCM' }, randomBytes(16)),
      key: rsa,
    },
    {
      name: 'an RSA-encrypted key of the wrong size',
      text: seal({ alg: 'RSA-OAEP-256', enc: 'A128GCM' }, rsaEncrypted(Buffer.alloc(32))),
      key: rsa,
    },
    { name: 'no ephemeral key', text: agreed(undefined), key: agreement },
    { name: 'an ephemeral key that is no object', text: agreed('P-256'), key: agreement },
    { name: 'an ephemeral key off its curve', text: agreed(off), key: agreement },
    { name: 'an ephemeral key on another curve', text: agreed(exportPublicJwk(x25519Key('ECDH-ES'))), key: agreement },
    { name: 'a party that is no text', text: agreed(exportPublicJwk(agreement), { apu: 1 }), key: agreement },
    { name: 'a party that is no base64url', text: agreed(exportPublicJwk(agreement), { apv: 'A' }), key: agreement },
  ]) {
    test(name, () => {
      expect(() => decryptJwe(text, key)).toThrow(failed)
    })
  }

  test('an RSA ciphertext without its leading zero, which would be a second text for one token', () => {
    const sealed = (): string => encryptJwe('hello', rsa, { enc: 'A128GCM' })
    let text = sealed()
    while (!/^[^.]+\.A[A-P]/.test(text)) text = sealed()
    const encryptedKey = Buffer.from(text.split('.')[1] ?? '', 'base64url')
    expect(encryptedKey[0]).toBe(0)
    expect(decryptJwe(text, rsa).plaintext.toString()).toBe('hello')
    const shortened = text
      .split('.')
      .with(1, encodeBase64url(encryptedKey.subarray(1)))
      .join('.')
    expect(() => decryptJwe(shortened, rsa)).toThrow(failed)
  })

  // RFC 7748 §6.1: with these, the secret is all zeros whatever our key is. An attacker knows then what seals the token.
  for (const x of [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
  ]) {
    test(`an X25519 key of low order, ${x.slice(0, 8)}…`, () => {
      const epk = { kty: 'OKP', crv: 'X25519', x: Buffer.from(x, 'hex').toString('base64url') }
      expect(() => decryptJwe(agreed(epk), x25519Key('ECDH-ES'))).toThrow(failed)
    })
  }

  test('and nothing that hangs on it tells more', () => {
    try {
      decryptJwe(token, secretKey('dir', Buffer.alloc(16, 8)))
      expect.unreachable()
    } catch (error) {
      expect(error).not.toHaveProperty('cause')
    }
  })

  for (const { name, block } of [
    { name: 'padding of 0 bytes', block: Buffer.alloc(16) },
    { name: 'padding of 17 bytes', block: Buffer.alloc(16, 17) },
    { name: 'padding whose bytes differ', block: Buffer.from([...Buffer.alloc(14, 65), 1, 2]) },
    { name: 'no block at all', block: Buffer.alloc(0) },
  ]) {
    test(`${name}, under a good tag`, () => {
      const key = Buffer.alloc(32, 9)
      const encoded = Buffer.from('{"alg":"dir","enc":"A128CBC-HS256"}').toString('base64url')
      const iv = Buffer.alloc(16)
      const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv).setAutoPadding(false)
      const ciphertext = Buffer.concat([cipher.update(block), cipher.final()])
      const bits = Buffer.alloc(8)
      bits.writeUInt32BE(encoded.length * 8, 4)
      const mac = createHmac('sha256', key.subarray(0, 16)).update(encoded).update(iv).update(ciphertext).update(bits)
      const text = [encoded, '', ...[iv, ciphertext, mac.digest().subarray(0, 16)].map(encodeBase64url)].join('.')
      expect(() => decryptJwe(text, secretKey('dir', key))).toThrow(failed)
    })
  }
})

describe('keys', () => {
  test('whoever holds only the public half encrypts, and does not decrypt', () => {
    for (const key of [rsa, rsaKey('RSA-OAEP'), agreement, ...agreementAlgs.map(x25519Key)]) {
      const publicKey = parseJwk(exportPublicJwk(key), { alg: key.alg })
      const text = encryptJwe('hello', publicKey, { enc: 'A256GCM' })
      expect(decryptJwe(text, key).plaintext.toString()).toBe('hello')
      expect(() => decryptJwe(text, publicKey)).toThrow(refused('key_unusable'))
    }
  })

  test('a signature key neither encrypts nor decrypts', () => {
    const key = secretKey('HS256', Buffer.alloc(32))
    expect(() => encryptJwe('x', key, { enc: 'A256GCM' })).toThrow(refused('key_unusable'))
    expect(() => decryptJwe(token, key)).toThrow(refused('key_unusable'))
  })

  test('a `dir` key that is bound to a content encryption serves no other of the same length', () => {
    const bound = secretKey('dir', Buffer.alloc(32), { enc: 'A256GCM' })
    const other = secretKey('dir', Buffer.alloc(32), { enc: 'A128CBC-HS256' })
    expect(() => encryptJwe('x', bound, { enc: 'A128CBC-HS256' })).toThrow(refused('key_unusable'))
    const text = encryptJwe('x', other, { enc: 'A128CBC-HS256' })
    expect(() => decryptJwe(text, bound)).toThrow(refused('token_algorithm_refused'))
  })

  test('a `dir` key serves only what its length fits', () => {
    expect(() => encryptJwe('x', dir, { enc: 'A256GCM' })).toThrow(refused('key_unusable'))
  })

  for (const { jwk, may } of [
    { jwk: { kty: 'oct', alg: 'dir', k: encodeBase64url(cek) }, may: ['encrypt', 'decrypt'] },
    { jwk: { kty: 'oct', alg: 'A128KW', k: encodeBase64url(cek) }, may: ['wrapKey', 'unwrapKey'] },
  ] as const) {
    test(`"key_ops" bind a key for ${jwk.alg}`, () => {
      const key = (operation: string): Key => parseJwk({ ...jwk, key_ops: [operation] })
      const text = encryptJwe('x', key(may[0]), { enc: 'A128GCM' })
      expect(decryptJwe(text, key(may[1])).plaintext.toString()).toBe('x')
      expect(() => encryptJwe('x', key(may[1]), { enc: 'A128GCM' })).toThrow(refused('key_unusable'))
      expect(() => decryptJwe(text, key(may[0]))).toThrow(refused('key_unusable'))
    })
  }
})

test("a caller's mistakes are TypeErrors", () => {
  for (const name of ['alg', 'enc', 'kid', 'epk', 'zip']) {
    expect(() => encryptJwe('x', dir, { enc: 'A128GCM', header: { [name]: 'x' } })).toThrow(TypeError)
  }
  expect(() => encryptJwe('x', dir, { enc: 'none' as ContentEncryption })).toThrow(TypeError)
})
