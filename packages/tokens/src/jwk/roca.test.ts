import { generateKeyPairSync } from 'node:crypto'

import { expect, test } from 'vitest'

import { hasRocaFingerprint } from './roca.ts'

test('a sound key has no fingerprint; a power of the generator has', () => {
  const { n } = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  expect(hasRocaFingerprint(BigInt(`0x${Buffer.from(n ?? '', 'base64url').toString('hex')}`))).toBe(false)
  expect(hasRocaFingerprint(65537n ** 128n)).toBe(true)
})
