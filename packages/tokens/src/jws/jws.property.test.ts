import fc from 'fast-check'
import { expect, test } from 'vitest'

import { exportPublicJwk } from '../jwk/export-jwk.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { refusalOf } from '../refusal.fixture.ts'
import { algorithms, signatureKeys } from './signature-keys.fixture.ts'
import { signJws, verifyJws } from './jws.ts'

const keys = [...(await signatureKeys()).values()]
const pairs = keys.map((key) => ({ key, verifier: key.kind === 'secret' ? key : parseJwk(exportPublicJwk(key)) }))
const pair = fc.constantFrom(...pairs)
const publicKeys = pairs.map(({ verifier }) => verifier)
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

test('what is signed verifies, to the byte, for every algorithm', () => {
  fc.assert(
    fc.property(pair, fc.uint8Array({ maxLength: 200 }), ({ key, verifier }, payload) => {
      const verified = verifyJws(signJws(payload, key), verifier)
      expect(verified.payload.equals(payload)).toBe(true)
      expect(verified.key).toBe(verifier)
    }),
    { numRuns: 150 },
  )
})

test('a token with any one bit flipped is refused', () => {
  fc.assert(
    fc.property(pair, fc.nat(), fc.nat(6), ({ key, verifier }, position, bit) => {
      const bytes = Buffer.from(signJws('one bit', key))
      const at = position % bytes.length
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
      expect(refusalOf(() => verifyJws(bytes.toString(), verifier))).toMatch(/^token_/)
    }),
    { numRuns: 400 },
  )
})

test('every flipped bit of one whole token is refused', () => {
  const key = keys[algorithms.indexOf('HS256')]
  if (key === undefined) throw new TypeError('no key')
  const token = Buffer.from(signJws('one bit', key))
  for (let bit = 0; bit < token.length * 8; bit++) {
    const flipped = Buffer.from(token)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(refusalOf(() => verifyJws(flipped.toString('latin1'), key))).toMatch(/^token_/)
  }
})

test('no other encoding of the same bytes is accepted, in any part', () => {
  fc.assert(
    fc.property(pair, fc.uint8Array({ maxLength: 20 }), fc.nat(2), ({ key, verifier }, payload, part) => {
      const token = signJws(payload, key)
      for (const other of otherEncodings(token.split('.')[part] ?? '')) {
        const parts = token.split('.')
        parts[part] = other
        expect(
          refusalOf(() => verifyJws(parts.join('.'), verifier)),
          other,
        ).toMatch(/^token_/)
      }
    }),
    { numRuns: 150 },
  )
})

test('nothing makes it throw anything but a TokenError', () => {
  const json = fc.json().map((text) => Buffer.from(text).toString('base64url'))
  const header = fc
    .record(
      {
        alg: fc.constantFrom<unknown>(...algorithms, 'none', 'EdDSA', null, 1),
        kid: fc.oneof(fc.string(), fc.constant(1)),
      },
      { requiredKeys: [] },
    )
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'))
  const part = fc.oneof(json, header, fc.string(), fc.base64String(), fc.string({ unit: 'binary' }))
  const token = fc.oneof(
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(token, (text) => {
      expect(refusalOf(() => verifyJws(text, publicKeys))).toMatch(/^token_/)
      for (const verifier of publicKeys) expect(refusalOf(() => verifyJws(text, verifier))).toMatch(/^token_/)
    }),
    { numRuns: 500 },
  )
})

/** Texts that a lax decoder takes for the same bytes. */
function otherEncodings(part: string): readonly string[] {
  const last = alphabet.indexOf(part.at(-1) ?? '')
  const free = [1, 1, 16, 4][part.length % 4] ?? 1
  const trailing = Array.from({ length: free - 1 }, (_, n) => part.slice(0, -1) + String(alphabet[last ^ (n + 1)]))
  const padded = [`${part}=`, `${part}==`, `${part} `, `${part}\n`, ` ${part}`, `${part}\0`, `${part}A`]
  const standard = part.replaceAll('-', '+').replaceAll('_', '/')
  const wide = part.replace(/[A-Z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x100))
  return [...trailing, ...padded, standard, wide].filter((text) => text !== part)
}
