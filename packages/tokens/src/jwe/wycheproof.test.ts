import { describe, expect, test } from 'vitest'
import type { ContentEncryption } from '../jwk/key.ts'
import { contentCipher } from './content-encryption.ts'
import { decryptOrCode, readVectors } from './vectors.fixture.ts'

interface JweVectors {
  readonly testGroups: readonly {
    readonly comment: string
    readonly private: unknown
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly jwe: unknown
      readonly pt?: string
      readonly result: 'valid' | 'invalid'
    }[]
  }[]
}

interface AeadVectors {
  readonly testGroups: readonly {
    readonly tests: readonly (Readonly<Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>> & {
      readonly tcId: number
      readonly result: 'valid' | 'invalid'
    })[]
  }[]
}

/** Valid ones that are refused all the same, and why. */
const refusedByPolicy = [
  { why: 'RSA1_5 is an oracle', code: 'key_unsupported', tcIds: [100, 101, 102, 103, 104, 105, 112, 128] },
  { why: '192-bit key wrap has no use here', code: 'key_unsupported', tcIds: [60, 61, 70] },
  { why: 'AES-GCM key wrap has no use here', code: 'key_unsupported', tcIds: [71, 72, 73, 74, 75, 133] },
  { why: 'key agreement on P-256 and X25519 only, this is P-384', code: 'key_unsupported', tcIds: [130] },
  { why: '"zip" is refused', code: 'token_header_refused', tcIds: [135] },
] as const

for (const { file, groups, policy } of [
  { file: 'json_web_encryption_test.json', groups: /./, policy: refusedByPolicy },
  { file: 'json_web_crypto_test.json', groups: /^jwe_/, policy: [] },
]) {
  test(`wycheproof ${file}: every valid JWE is decrypted, every invalid one refused`, () => {
    const { testGroups } = readVectors(`wycheproof/${file}`) as JweVectors
    const cases = testGroups
      .filter((group) => groups.test(group.comment))
      .flatMap((group) => group.tests.map((vector) => ({ ...vector, jwk: group.private })))
    const outcomes = cases.map(({ tcId, jwe, pt, result, jwk }) => {
      const outcome = decryptOrCode(typeof jwe === 'string' ? jwe : JSON.stringify(jwe), jwk)
      if (typeof outcome !== 'string' && pt !== undefined) expect(outcome.toString('hex')).toBe(pt)
      return { tcId, result, code: typeof outcome === 'string' ? outcome : undefined }
    })

    const accepted = outcomes.filter(({ code }) => code === undefined)
    const refusedValid = outcomes.filter(({ code, result }) => code !== undefined && result === 'valid')
    expect(accepted.filter(({ result }) => result === 'invalid')).toEqual([])
    expect(refusedValid).toEqual(
      policy
        .flatMap(({ tcIds, code }) => tcIds.map((tcId) => ({ tcId, result: 'valid', code })))
        .toSorted((a, b) => a.tcId - b.tcId),
    )
    const refused = outcomes.length - accepted.length - refusedValid.length
    console.info(
      `wycheproof ${file}: ${outcomes.length} JWEs: ${accepted.length} decrypted, ${refused} refused, ${refusedValid.length} refused by policy`,
    )
  })
}

describe('wycheproof AEAD', () => {
  for (const { file, enc } of [
    { file: 'a128cbc_hs256_test.json', enc: 'A128CBC-HS256' },
    { file: 'a256cbc_hs512_test.json', enc: 'A256CBC-HS512' },
  ] satisfies { file: string; enc: ContentEncryption }[]) {
    test(`wycheproof ${file}: every valid text is decrypted, every invalid one refused`, () => {
      const { testGroups } = readVectors(`wycheproof/${file}`) as AeadVectors
      const vectors = testGroups.flatMap((group) => group.tests)
      for (const { tcId, key, iv, aad, msg, ct, tag, result } of vectors) {
        const content = { iv: bytes(iv), ciphertext: bytes(ct), tag: bytes(tag) }
        const plaintext = contentCipher(enc, bytes(key)).decrypt(content, bytes(aad))
        expect(plaintext?.toString('hex'), `tcId ${tcId}`).toBe(result === 'valid' ? msg : undefined)
      }
      const valid = vectors.filter(({ result }) => result === 'valid').length
      console.info(`wycheproof ${file}: ${vectors.length} texts: ${valid} decrypted, ${vectors.length - valid} refused`)
    })
  }
})

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}
