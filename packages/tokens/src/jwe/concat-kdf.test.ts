import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { expect, test } from 'vitest'
import { concatKdf } from './concat-kdf.ts'

const alice = {
  kty: 'EC',
  crv: 'P-256',
  x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
  y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  d: '0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo',
}
const bob = {
  kty: 'EC',
  crv: 'P-256',
  x: 'weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ',
  y: 'e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck',
}
const sharedSecret = diffieHellman({
  privateKey: createPrivateKey({ key: alice, format: 'jwk' }),
  publicKey: createPublicKey({ key: bob, format: 'jwk' }),
})
const parties = { partyUInfo: Buffer.from('Alice'), partyVInfo: Buffer.from('Bob') }

test('derives the key of RFC 7518 appendix C', () => {
  const key = concatKdf(sharedSecret, { algorithm: 'A128GCM', keyBytes: 16, ...parties })
  expect(key.toString('base64url')).toBe('VqqN6vgjbSBcIijNcacQGg')
})

test('answers as many bytes as are asked for, a key of its own for each purpose', () => {
  const purposes = [
    { algorithm: 'A256CBC-HS512', keyBytes: 64, ...parties },
    { algorithm: 'A192CBC-HS384', keyBytes: 48, ...parties },
    { algorithm: 'A256GCM', keyBytes: 32, ...parties },
    { algorithm: 'ECDH-ES+A256KW', keyBytes: 32, ...parties },
    { algorithm: 'ECDH-ES+A256KW', keyBytes: 32, partyUInfo: parties.partyVInfo, partyVInfo: parties.partyUInfo },
  ]
  const keys = purposes.map((purpose) => concatKdf(sharedSecret, purpose))
  expect(keys.map((key) => key.length)).toEqual([64, 48, 32, 32, 32])
  expect(new Set(keys.map((key) => key.toString('hex', 0, 32))).size).toBe(keys.length)
})
