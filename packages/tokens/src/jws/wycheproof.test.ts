import { expect, test } from 'vitest'

import { parseJwkSet } from '../jwk/jwk-set.ts'
import type { Key } from '../jwk/key.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { refusalOf } from '../refusal.fixture.ts'
import { readVectors } from '../vectors.fixture.ts'
import { verifyJws } from './jws.ts'

interface Vectors {
  readonly testGroups: readonly {
    readonly comment: string
    readonly private: Jwk
    readonly public?: Jwk
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly jws: unknown
      readonly result: 'valid' | 'invalid'
    }[]
  }[]
}

interface Jwk {
  readonly [name: string]: unknown
}

/** Valid ones that are refused all the same: what each key says contradicts its use. */
const refusedByPolicy = [
  { tcId: 346, why: 'PS384 with a key for PS256', code: 'token_algorithm_refused', mend: { alg: 'PS384' } },
  { tcId: 347, why: 'a key for "ES521", which is none', code: 'key_unsupported', mend: { alg: 'ES512' } },
  { tcId: 350, why: 'PS384 with a key for PS256', code: 'token_algorithm_refused', mend: { alg: 'PS384' } },
  { tcId: 351, why: 'a key for "ES521", which is none', code: 'key_unsupported', mend: { alg: 'ES512' } },
]

for (const { file, groups, policy } of [
  { file: 'json_web_signature_test.json', groups: /./, policy: refusedByPolicy },
  { file: 'json_web_crypto_test.json', groups: /^jws_/, policy: [] },
]) {
  const { testGroups } = readVectors(`wycheproof/${file}`) as Vectors
  const cases = testGroups
    .filter((group) => groups.test(group.comment))
    .flatMap((group) => group.tests.map((vector) => ({ ...vector, jwk: group.public ?? group.private })))

  test(`wycheproof ${file}: every valid signature holds, every invalid one is refused`, () => {
    const outcomes = cases.map(({ tcId, jws, result, jwk }) => ({
      tcId,
      result,
      code: refusalOf(() => verify(jws, jwk)),
    }))
    const accepted = outcomes.filter(({ code }) => code === undefined)
    const refused = outcomes.filter(({ code, result }) => code !== undefined && result === 'invalid')
    const refusedValid = outcomes.filter(({ code, result }) => code !== undefined && result === 'valid')

    expect(accepted.filter(({ result }) => result === 'invalid')).toEqual([])
    expect(refusedValid).toEqual(policy.map(({ tcId, code }) => ({ tcId, code, result: 'valid' })))
    console.info(
      `wycheproof ${file}: ${outcomes.length} vectors, ${accepted.length} accepted, ${refused.length} refused, ` +
        `${refusedValid.length} refused by policy`,
    )
  })

  for (const { tcId, why, mend } of policy) {
    test(`wycheproof ${tcId} is refused for the key alone (${why}): mended, it holds`, () => {
      const { jws, jwk } = cases.find((vector) => vector.tcId === tcId) ?? {}
      expect(refusalOf(() => verify(jws, { ...jwk, ...mend }))).toBeUndefined()
    })
  }
}

test('wycheproof json_web_crypto_test.json 46: the key is refused, for its ROCA fingerprint', () => {
  const { testGroups } = readVectors('wycheproof/json_web_crypto_test.json') as Vectors
  const jwk = testGroups.find(({ comment }) => comment === 'jws_rsa_roca_key')?.public
  expect(refusalOf(() => parseJwk(jwk))).toBe('key_too_weak')
})

function verify(jws: unknown, jwk: Jwk): unknown {
  const keys: Key | readonly Key[] = 'keys' in jwk ? parseJwkSet(jwk) : parseJwk(jwk)
  return verifyJws(typeof jws === 'string' ? jws : JSON.stringify(jws), keys)
}
