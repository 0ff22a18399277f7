import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'

import { expect, test } from 'vitest'

import { encryptJwe } from '../jwe/encrypt.ts'
import { refusalOf } from '../refusal.fixture.ts'
import { parseJwk } from './parse-jwk.ts'
import { isX25519PublicKey } from './x25519-point.ts'

test('accepts the keys that are made, and the one of RFC 7748', () => {
  for (let run = 0; run < 20; run++) {
    const { x } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
    expect(isX25519PublicKey(Buffer.from(x ?? '', 'base64url'))).toBe(true)
  }
  expect(isX25519PublicKey(Buffer.from('3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08', 'base64url'))).toBe(true)
})

test('refuses just what OpenSSL agrees on nothing with', () => {
  const { privateKey } = generateKeyPairSync('x25519')
  const near = [0n, 2n ** 255n - 19n, 2n ** 255n].flatMap((edge) => [-2n, -1n, 0n, 1n, 2n].map((step) => edge + step))
  for (const number of near.filter((number) => number >= 0n)) {
    const bytes = Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse()
    const x = bytes.toString('base64url')
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
    let agrees = true
    try {
      diffieHellman({ privateKey, publicKey })
    } catch {
      agrees = false
    }
    expect(isX25519PublicKey(bytes)).toBe(agrees)
  }
})

for (const { name, hex } of [
  { name: 'zero', hex: '00'.repeat(32) },
  { name: 'one', hex: `01${'00'.repeat(31)}` },
  { name: 'a point of order 8', hex: 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800' },
  { name: 'the other points of order 8', hex: '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157' },
  { name: 'minus one', hex: `ec${'ff'.repeat(30)}7f` },
  { name: 'the field’s own number', hex: `ed${'ff'.repeat(30)}7f` },
  { name: 'zero with the bit that is masked', hex: `${'00'.repeat(31)}80` },
]) {
  test(`a receiver's key is refused when parsed, before anything is encrypted to it: ${name}`, () => {
    const jwk = { kty: 'OKP', crv: 'X25519', alg: 'ECDH-ES', x: Buffer.from(hex, 'hex').toString('base64url') }
    expect(refusalOf(() => encryptJwe('x', parseJwk(jwk), { enc: 'A128GCM' }))).toBe('key_malformed')
  })
}
