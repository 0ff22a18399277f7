import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { verifyJws } from '../jws/jws.ts'
import { decryptOrCode, readVectors } from './vectors.fixture.ts'

interface Example {
  readonly title: string
  readonly input: { readonly plaintext: string; readonly key?: unknown; readonly pwd?: string; readonly alg: string }
  readonly output: { readonly compact?: string; readonly json?: unknown; readonly json_flat?: unknown }
}

interface NestedExample {
  readonly sign: { readonly input: { readonly payload: string; readonly key: unknown; readonly alg: string } }
  readonly encrypt: Example
}

/** Every example whose compact form is not decrypted, and why. */
const refusedByPolicy: Readonly<Record<string, { readonly why: string; readonly code: string }>> = {
  '5_1': { why: 'RSA1_5 is an oracle', code: 'key_unsupported' },
  '5_3': { why: 'PBES2 lets the sender set the work', code: 'key_unsupported' },
  '5_4': { why: 'key agreement on P-256 and X25519 only, this is P-384', code: 'key_unsupported' },
  '5_7': { why: 'AES-GCM key wrap has no use here', code: 'key_unsupported' },
  '5_9': { why: '"zip" is refused', code: 'token_header_refused' },
  '5_10': { why: 'has no compact form, as its additional data is outside the header', code: 'token_malformed' },
  '5_11': { why: 'has no compact form, as its header is not all protected', code: 'token_malformed' },
  '5_12': { why: 'has no compact form, as its header is not protected', code: 'token_malformed' },
  '5_13': { why: 'has no compact form, as it has three recipients', code: 'token_malformed' },
}

const folder = new URL('../../vectors/jose-cookbook/jwe', import.meta.url)
const examples: readonly (readonly [string, Example])[] = [
  ...readdirSync(folder).map(
    (file) => [file.split('.')[0] ?? '', readVectors(`jose-cookbook/jwe/${file}`) as Example] as const,
  ),
  ['curve25519', readVectors('jose-cookbook/curve25519/ecdh-es.json') as Example],
]
const sharedKey = { kty: 'oct', k: Buffer.alloc(16).toString('base64url') }

for (const [section, { title, input, output }] of examples) {
  const refusal = refusedByPolicy[section]
  const key = Array.isArray(input.key) ? sharedKey : (input.key ?? sharedKey)
  const alg = typeof input.alg === 'string' ? input.alg : 'A128KW'

  test(`cookbook ${section}, ${title}: ${refusal ? `refused, ${refusal.why}` : 'decrypted'}`, () => {
    const outcome = decryptOrCode(output.compact ?? JSON.stringify(output.json), key, alg)
    expect(outcome.toString()).toBe(refusal?.code ?? input.plaintext)
  })
}

test('no JSON serialization is accepted', () => {
  const texts = examples
    .flatMap(([, { output }]) => [output.json, output.json_flat])
    .filter((json) => json !== undefined)
  for (const json of texts) expect(decryptOrCode(JSON.stringify(json), sharedKey, 'A128KW')).toBe('token_malformed')
  const refused = Object.keys(refusedByPolicy).length
  console.info(
    `JOSE cookbook JWE: ${examples.length} examples: ${examples.length - refused} decrypted, ${refused} refused by policy; ${texts.length} JSON serializations refused`,
  )
})

test('cookbook 6: a signature inside an encryption is decrypted and verified', () => {
  const { sign, encrypt } = readVectors('jose-cookbook/6.nesting_signatures_and_encryption.json') as NestedExample
  const inner = decryptOrCode(encrypt.output.compact ?? '', encrypt.input.key, encrypt.input.alg)
  expect(inner.toString()).toBe(encrypt.input.plaintext)
  const signer = parseJwk(sign.input.key, { alg: 'PS256' })
  expect(verifyJws(inner.toString(), signer).payload.toString()).toBe(sign.input.payload)
  console.info('JOSE cookbook nesting: 1 example: decrypted and verified')
})
