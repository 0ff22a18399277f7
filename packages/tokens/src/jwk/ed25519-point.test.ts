import { generateKeyPairSync, randomBytes } from 'node:crypto'

import { expect, test } from 'vitest'

import { isEd25519PublicKey } from './ed25519-point.ts'

test('accepts the keys that are made, and the one of RFC 8037', () => {
  for (let run = 0; run < 20; run++) {
    const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
    expect(isEd25519PublicKey(Buffer.from(x ?? '', 'base64url'))).toBe(true)
  }
  expect(isEd25519PublicKey(Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url'))).toBe(true)
})

test('refuses just the bytes that are no point, about half of all', () => {
  const p = 2n ** 255n - 19n
  const power = (base: bigint, exponent: bigint): bigint => {
    const half = exponent === 0n ? 1n : power((base * base) % p, exponent >> 1n)
    return exponent & 1n ? (half * base) % p : half
  }
  const d = (-121665n * power(121666n, p - 2n)) % p
  // x² by the curve's equation, and Euler's criterion for whether there is such an x.
  const isPoint = (y: bigint): boolean => {
    const square = ((y * y - 1n) * power((((d * y * y + 1n) % p) + p) % p, p - 2n)) % p
    return power((square + p) % p, (p - 1n) / 2n) === 1n
  }
  const numberOf = (key: Buffer): bigint => BigInt(`0x${Buffer.from(key).reverse().toString('hex')}`)
  const bytes = Array.from({ length: 100 }, () => randomBytes(32))
  const accepted = bytes.filter(isEd25519PublicKey)
  expect(accepted).toEqual(bytes.filter((key) => isPoint(numberOf(key) & (2n ** 255n - 1n))))
  expect(accepted.length).toBeGreaterThan(20)
  expect(accepted.length).toBeLessThan(80)
})

for (const { name, hex } of [
  { name: 'the neutral point', hex: `01${'00'.repeat(31)}` },
  { name: 'the neutral point with a sign', hex: `01${'00'.repeat(30)}80` },
  { name: 'the point of order 2', hex: `ec${'ff'.repeat(30)}7f` },
  { name: 'a point of order 4', hex: '00'.repeat(32) },
  { name: 'the other point of order 4', hex: `${'00'.repeat(31)}80` },
  { name: 'a point of order 8', hex: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a' },
  { name: 'its negative', hex: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa' },
  { name: 'the other points of order 8', hex: '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05' },
  { name: 'their negative', hex: '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85' },
  { name: 'zero, as the field’s own number', hex: `ed${'ff'.repeat(30)}ff` },
  { name: 'one, beyond the field', hex: `ee${'ff'.repeat(30)}7f` },
  { name: 'one, beyond the field, with a sign', hex: `ee${'ff'.repeat(31)}` },
  { name: 'the point of order 2 with a sign', hex: `ec${'ff'.repeat(31)}` },
  { name: 'a number beyond the field', hex: `${'ff'.repeat(31)}7f` },
  { name: 'the field’s own number', hex: `ed${'ff'.repeat(30)}7f` },
]) {
  test(`refuses ${name}`, () => {
    expect(isEd25519PublicKey(Buffer.from(hex, 'hex'))).toBe(false)
  })
}
