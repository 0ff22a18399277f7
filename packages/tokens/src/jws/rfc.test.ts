import { describe, expect, test } from 'vitest'

import type { Key } from '../jwk/key.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { refusalOf } from '../refusal.fixture.ts'
import { listVectors, readVectors } from '../vectors.fixture.ts'
import { parseSignatureAlgorithm } from './algorithms.ts'
import { signJws, verifyJws } from './jws.ts'

interface CookbookVector {
  readonly title: string
  readonly reproducible?: boolean
  readonly input: { readonly payload: string; readonly key: object; readonly alg: unknown }
  readonly signing: { readonly protected: Readonly<Record<string, unknown>> }
  readonly output: { readonly compact?: string; readonly json: object }
}

const jsonSerialization = { why: 'JSON serialization, which is not spoken', code: 'token_malformed' }
const unencodedPayload = { why: '"b64" (RFC 7797) is refused', code: 'token_header_refused' }
const refusedByPolicy = new Map([
  [
    'jose-cookbook/jws/4_5.signature_with_detached_content.json',
    { why: 'detached content, so the payload is empty', code: 'token_signature_invalid' },
  ],
  ['jose-cookbook/jws/4_6.protecting_specific_header_fields.json', jsonSerialization],
  ['jose-cookbook/jws/4_7.protecting_content_only.json', jsonSerialization],
  ['jose-cookbook/jws/4_8.multiple_signatures.json', jsonSerialization],
  ['jose-cookbook/rfc7797/4.2.hmac-sha2_b64_false.json', jsonSerialization],
  ['jose-cookbook/rfc7797/hmac-sha2_b64_false.json', unencodedPayload],
])

describe('JOSE cookbook (RFC 7520 §4), RFC 7797, RFC 8037', () => {
  const files = [
    ...listVectors('jose-cookbook/jws'),
    ...listVectors('jose-cookbook/rfc7797'),
    'jose-cookbook/curve25519/jws.json',
  ]

  test('every compact JWS verifies, but for those outside the compact serialization of RFC 7515', () => {
    const refused = files.flatMap((file) => {
      const { input, output } = readVectors(file) as CookbookVector
      const key = parseJwk([input.key].flat()[0], algOf(input))
      const code = refusalOf(() => {
        const { payload } = verifyJws(output.compact ?? JSON.stringify(output.json), key)
        expect(payload.toString()).toBe(input.payload)
      })
      return code === undefined ? [] : [[file, code]]
    })
    expect(refused).toEqual([...refusedByPolicy].map(([file, { code }]) => [file, code]))
    console.info(
      `JOSE cookbook jws: ${files.length} vectors, ${files.length - refused.length} accepted, ${refused.length} refused by policy`,
    )
  })

  test('signing gives the very signature of the example, where it can be given again', () => {
    let signed = 0
    for (const file of files.filter((name) => !refusedByPolicy.has(name))) {
      const { input, output, reproducible, signing } = readVectors(file) as CookbookVector
      const { alg, kid } = signing.protected
      if (reproducible !== true || alg === 'EdDSA') continue
      const key = parseJwk({ ...input.key, kid }, algOf(input))
      expect(signJws(input.payload, key)).toBe(output.compact)
      signed++
    }
    expect(signed).toBe(2)
  })
})

describe('RFC 7515 A.1, A.3 and RFC 8037 A.4', () => {
  const vectors = readVectors('rfc7515/appendix-examples.json') as readonly {
    readonly id: string
    readonly alg: Key['alg']
    readonly key: object
    readonly jws: string
  }[]

  for (const { id, alg, key, jws } of vectors) {
    test(`${id} verifies`, () => {
      expect(verifyJws(jws, parseJwk({ ...key, alg })).header.alg).toBe(alg)
    })
  }
})

/** The algorithm of the example, for a key that names none; of the first signature, where there are several. */
function algOf({ alg }: CookbookVector['input']): { readonly alg: Key['alg'] } {
  return { alg: parseSignatureAlgorithm([alg].flat()[0]) }
}
