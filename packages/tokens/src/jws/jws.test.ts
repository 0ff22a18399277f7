import { describe, expect, test } from 'vitest'

import { exportPublicJwk } from '../jwk/export-jwk.ts'
import { generateKey } from '../jwk/generate-key.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { secretKey } from '../jwk/secret-key.ts'
import { refusalOf } from '../refusal.fixture.ts'
import { signJws, verifyJws } from './jws.ts'
import { signText } from './signature.ts'

const hmacKey = secretKey('HS256', Buffer.alloc(32, 1), { kid: 'mac' })
const signer = await generateKey('ES256', { kid: 'ec' })
const verifier = parseJwk(exportPublicJwk(signer))

/** A token with this header, and the signature of the key all the same. */
function tokenWith(header: object | string, key = hmacKey): string {
  const json = typeof header === 'string' ? header : JSON.stringify(header)
  const input = `${Buffer.from(json).toString('base64url')}.cGF5bG9hZA`
  return `${input}.${signText(input, key)}`
}

describe('the header', () => {
  for (const { name, header, code } of [
    { name: 'alg alone', header: { alg: 'HS256' } },
    { name: 'members that nobody knows', header: { alg: 'HS256', x: { y: [1] } } },
    { name: 'no alg', header: {}, code: 'token_header_refused' },
    { name: 'an alg that is no string', header: { alg: ['HS256'] }, code: 'token_header_refused' },
    ...['none', 'None', 'NONE', 'nOnE', '', 'hs256', 'HS256 ', 'HS1', 'RS256x', 'constructor', '__proto__'].map(
      (alg) => ({
        name: `alg "${alg}"`,
        header: { alg },
        code: 'token_algorithm_refused',
      }),
    ),
    { name: 'the alg of another key', header: { alg: 'HS512' }, code: 'token_algorithm_refused' },
    { name: 'an alg of JWE', header: { alg: 'dir' }, code: 'token_algorithm_refused' },
    { name: 'an unknown crit', header: { alg: 'HS256', crit: ['exp'], exp: 1 }, code: 'token_header_refused' },
    { name: 'an empty crit', header: { alg: 'HS256', crit: [] }, code: 'token_header_refused' },
    { name: 'b64 with crit', header: { alg: 'HS256', b64: false, crit: ['b64'] }, code: 'token_header_refused' },
    { name: 'b64 alone', header: { alg: 'HS256', b64: true }, code: 'token_header_refused' },
    { name: 'a kid that is no string', header: { alg: 'HS256', kid: 1 }, code: 'token_header_refused' },
    { name: 'a typ that is no string', header: { alg: 'HS256', typ: null }, code: 'token_header_refused' },
    { name: 'another kid', header: { alg: 'HS256', kid: 'other' }, code: 'token_key_unknown' },
    { name: 'two algs', header: '{"alg":"HS256","alg":"HS256"}', code: 'token_malformed' },
    { name: 'two algs, one escaped', header: '{"alg":"none","\\u0061lg":"HS256"}', code: 'token_malformed' },
    { name: 'no object', header: '["HS256"]', code: 'token_malformed' },
  ]) {
    test(code === undefined ? `accepts ${name}` : `refuses ${name}, though the signature is right`, () => {
      expect(refusalOf(() => verifyJws(tokenWith(header), hmacKey))).toBe(code)
    })
  }

  test('a key in the header is never used (RFC 8725 §3.10)', async () => {
    const attacker = await generateKey('ES256', { kid: 'ec' })
    const token = tokenWith({ alg: 'ES256', kid: 'ec', jwk: exportPublicJwk(attacker) }, attacker)
    expect(refusalOf(() => verifyJws(token, verifier))).toBe('token_signature_invalid')
    expect(refusalOf(() => verifyJws(token, parseJwk(exportPublicJwk(attacker))))).toBeUndefined()
  })

  test('a public key is no HMAC secret (RFC 8725 §2.1)', () => {
    const spki = verifier.keyObject.export({ type: 'spki', format: 'pem' })
    const token = tokenWith({ alg: 'HS256' }, secretKey('HS256', Buffer.from(spki)))
    expect(refusalOf(() => verifyJws(token, verifier))).toBe('token_algorithm_refused')
  })

  test('is the same object for the same text, and cannot be changed', () => {
    const token = tokenWith({ alg: 'HS256', nested: { list: [1] } })
    const { header } = verifyJws(token, hmacKey)
    expect(verifyJws(token, hmacKey).header).toBe(header)
    expect(Object.isFrozen(header)).toBe(true)
    expect(Object.isFrozen((header['nested'] as { list: unknown }).list)).toBe(true)
  })

  test('remembering it lets no other key pass', () => {
    const token = signJws('x', hmacKey)
    verifyJws(token, hmacKey)
    const other = secretKey('HS256', Buffer.alloc(32, 2), { kid: 'mac' })
    expect(refusalOf(() => verifyJws(token, other))).toBe('token_signature_invalid')
    expect(refusalOf(() => verifyJws(token, secretKey('HS512', Buffer.alloc(64), { kid: 'mac' })))).toBe(
      'token_algorithm_refused',
    )
  })
})

describe('the form', () => {
  const token = signJws('payload', hmacKey)
  for (const { name, text, code = 'token_malformed' } of [
    { name: 'nothing', text: '' },
    { name: 'two parts', text: 'a.b' },
    { name: 'four parts', text: `${token}.` },
    { name: 'an empty header', text: token.slice(token.indexOf('.')) },
    { name: 'a line end', text: `${token}\n`, code: 'token_signature_invalid' },
    { name: 'something that is no text', text: 5 as unknown as string },
  ]) {
    test(`refuses ${name}`, () => {
      expect(refusalOf(() => verifyJws(text, hmacKey))).toBe(code)
    })
  }

  test('8192 bytes are accepted, 8193 refused before all else', () => {
    const frame = signJws('', hmacKey).length
    const payload = 'x'.repeat(Math.floor(((8192 - frame) * 3) / 4))
    const longest = signJws(payload, hmacKey)
    expect(longest.length).toBe(8192)
    expect(verifyJws(longest, hmacKey).payload.toString()).toBe(payload)
    expect(refusalOf(() => verifyJws('.'.repeat(8193), hmacKey))).toBe('token_too_large')
    expect(refusalOf(() => verifyJws(longest, hmacKey, { maxBytes: 8191 }))).toBe('token_too_large')
    expect(verifyJws(signJws('x'.repeat(20_000), hmacKey), hmacKey, { maxBytes: 40_000 }).payload.length).toBe(20_000)
  })
})

describe('the key', () => {
  const other = secretKey('HS256', Buffer.alloc(32, 2), { kid: 'other' })

  test('is found by kid among many, and by algorithm where the header has no kid', () => {
    expect(verifyJws(signJws('x', hmacKey), [other, verifier, hmacKey]).key).toBe(hmacKey)
    expect(verifyJws(tokenWith({ alg: 'HS256' }), [verifier, hmacKey]).key).toBe(hmacKey)
  })

  test('is unknown where none, or more than one, could be meant', () => {
    expect(refusalOf(() => verifyJws(signJws('x', hmacKey), []))).toBe('token_key_unknown')
    expect(refusalOf(() => verifyJws(signJws('x', hmacKey), [other]))).toBe('token_key_unknown')
    expect(refusalOf(() => verifyJws(tokenWith({ alg: 'HS256' }), [other, hmacKey]))).toBe('token_key_unknown')
  })

  test('is asked for by kid and algorithm', () => {
    const asked: unknown[] = []
    const find = (...question: unknown[]) => {
      asked.push(question)
      return signer
    }
    expect(verifyJws(signJws('x', signer), { find }).key).toBe(signer)
    expect(asked).toEqual([['ec', 'ES256']])
    expect(refusalOf(() => verifyJws(signJws('x', hmacKey), { find }))).toBe('token_algorithm_refused')
    expect(refusalOf(() => verifyJws(signJws('x', hmacKey), { find: () => undefined }))).toBe('token_key_unknown')
  })

  test('keeps to its "key_ops" and its kind', () => {
    const k = Buffer.alloc(32, 1).toString('base64url')
    const signs = parseJwk({ kty: 'oct', alg: 'HS256', k, key_ops: ['sign'] })
    const verifies = parseJwk({ kty: 'oct', alg: 'HS256', k, key_ops: ['verify'] })
    const token = signJws('x', signs)
    expect(verifyJws(token, verifies).payload.toString()).toBe('x')
    expect(refusalOf(() => signJws('x', verifies))).toBe('key_unusable')
    expect(refusalOf(() => verifyJws(token, signs))).toBe('key_unusable')
    expect(refusalOf(() => signJws('x', verifier))).toBe('key_unusable')
  })

  test('for encryption neither signs nor verifies', () => {
    const key = secretKey('A256KW', Buffer.alloc(32, 1))
    expect(refusalOf(() => signJws('x', key))).toBe('key_unusable')
    expect(refusalOf(() => verifyJws(tokenWith({ alg: 'A256KW' }), key))).toBe('token_algorithm_refused')
  })

  for (const name of ['alg', 'kid', 'crit', 'b64']) {
    test(`sets "${name}" itself: a caller who does is mistaken`, () => {
      expect(() => signJws('x', hmacKey, { [name]: 'x' })).toThrow(TypeError)
    })
  }
})
