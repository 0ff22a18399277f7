/**
 * One private or secret key for each signature algorithm. RSA keys are those of Wycheproof: making one takes a second.
 */

import { generateKey } from '../jwk/generate-key.ts'
import type { Key } from '../jwk/key.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { readVectors } from '../vectors.fixture.ts'
import { signatureAlgorithms } from './algorithms.ts'
import type { SignatureAlgorithm } from './algorithms.ts'

export const algorithms: readonly SignatureAlgorithm[] = Object.keys(signatureAlgorithms) as SignatureAlgorithm[]

export async function signatureKeys(): Promise<ReadonlyMap<SignatureAlgorithm, Key>> {
  const keys = algorithms.map(async (alg) => [alg, rsaKey(alg) ?? (await generateKey(alg, { kid: alg }))] as const)
  return new Map(await Promise.all(keys))
}

function rsaKey(alg: SignatureAlgorithm): Key | undefined {
  if (signatureAlgorithms[alg].kty !== 'RSA') return undefined
  const { testGroups } = readVectors('wycheproof/json_web_signature_test.json') as {
    readonly testGroups: readonly { readonly private: { readonly alg?: string } }[]
  }
  return parseJwk({ ...testGroups.find((group) => group.private.alg === alg)?.private, kid: alg })
}
