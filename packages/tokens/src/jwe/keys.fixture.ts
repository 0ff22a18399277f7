/**
 * One key for each key management algorithm (and curve), and one for each content encryption that `dir` may serve.
 */

import { generateKey } from '../jwk/generate-key.ts'
import type { ContentEncryption, Key, KeyManagementAlgorithm } from '../jwk/key.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { readVectors } from './vectors.fixture.ts'

export const encs: readonly ContentEncryption[] = [
  'A128GCM',
  'A192GCM',
  'A256GCM',
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
]

export const agreementAlgs = ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'] as const

export interface KeyUnderTest {
  readonly name: string
  readonly enc: ContentEncryption
  readonly key: Key
}

/** Every algorithm × content encryption. */
export async function everyKey(): Promise<readonly KeyUnderTest[]> {
  const dir = await Promise.all(
    encs.map(async (enc) => ({ name: 'dir', enc, key: await generateKey('dir', { enc, kid: 'shared' }) })),
  )
  const algs: readonly KeyManagementAlgorithm[] = ['A128KW', 'A256KW', ...agreementAlgs]
  const others = await Promise.all(algs.map(async (alg) => ({ name: alg, key: await generateKey(alg) })))
  const x25519 = agreementAlgs.map((alg) => ({ name: `${alg} on X25519`, key: x25519Key(alg) }))
  const rsa = (['RSA-OAEP', 'RSA-OAEP-256'] as const).map((alg) => ({ name: alg, key: rsaKey(alg) }))
  return [...dir, ...[...others, ...x25519, ...rsa].flatMap(({ name, key }) => encs.map((enc) => ({ name, enc, key })))]
}

/** RFC 7748 §6.1, Bob. */
export function x25519Key(alg: (typeof agreementAlgs)[number]): Key {
  const x = '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08'
  return parseJwk({ kty: 'OKP', crv: 'X25519', x, d: 'XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os', alg })
}

/** A key of Wycheproof's: making one takes a second. */
export function rsaKey(alg: 'RSA-OAEP' | 'RSA-OAEP-256'): Key {
  const { testGroups } = readVectors('wycheproof/json_web_encryption_test.json') as {
    readonly testGroups: readonly { readonly private: { readonly alg: string } }[]
  }
  return parseJwk(testGroups.find((group) => group.private.alg === alg)?.private)
}
