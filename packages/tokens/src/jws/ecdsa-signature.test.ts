import { generateKeyPairSync, sign, verify } from 'node:crypto'

import { expect, test } from 'vitest'

import { ecdsaFromDer, ecdsaToDer } from './ecdsa-signature.ts'

for (const { curve, bytes } of [
  { curve: 'P-256', bytes: 64 },
  { curve: 'P-384', bytes: 96 },
  { curve: 'P-521', bytes: 132 },
]) {
  test(`${curve}: both forms are node:crypto's, leading zeros included`, () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
    const data = Buffer.from('two forms')
    // About one in 128 has a number that is a byte shorter.
    for (let run = 0; run < 300; run++) {
      const der = sign('sha256', data, privateKey)
      const fixed = ecdsaFromDer(der, bytes)
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, fixed)).toBe(true)
      expect(ecdsaToDer(fixed).equals(der)).toBe(true)
    }
  })
}

for (const { name, fixed, der } of [
  { name: 'zeros', fixed: '0000 0000', der: '30 06 020100 020100' },
  { name: 'a short number', fixed: '0001 007f', der: '30 06 020101 02017f' },
  { name: 'a set top bit', fixed: '0080 ff00', der: '30 09 02020080 020300ff00' },
]) {
  test(`${name}: to DER and back`, () => {
    const [left, right] = [fixed, der].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    if (left === undefined || right === undefined) throw new TypeError('two forms')
    expect(ecdsaToDer(left).equals(right)).toBe(true)
    expect(ecdsaFromDer(right, left.length).equals(left)).toBe(true)
  })
}
