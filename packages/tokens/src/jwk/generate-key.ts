/**
 * New keys.
 */

import { generateKeyPair, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

import { defaultKeyFacts } from './key-facts.ts'
import type { CurveName, KeyFacts } from './key-facts.ts'
import { makeKey } from './key.ts'
import type { Key } from './key.ts'
import { secretKey } from './secret-key.ts'
import type { SecretKeyOptions } from './secret-key.ts'
import { thumbprint } from './thumbprint.ts'

const makePair = promisify(generateKeyPair)

/**
 * A new key, made off the event loop: RSA of 3072 bits, ECDH-ES on P-256, symmetric keys as long as the algorithm's hash
 * or cipher asks for. The key ID of a key pair is its thumbprint unless told otherwise; a symmetric key has none.
 *
 * @throws {TypeError} for a `dir` key without `enc`, as its length hangs on it
 */
export async function generateKey(alg: Key['alg'], options: SecretKeyOptions = {}): Promise<Key> {
  if (alg === 'dir' && options.enc === undefined) throw new TypeError('a dir key needs "enc"')
  const facts = defaultKeyFacts(alg, options.enc)
  if (facts.kty === 'oct') return secretKey(alg, randomBytes(facts.leastBytes), options)
  const keyObject = await makePrivateKey(facts)
  const nameless = makeKey({ alg, kid: undefined, kind: 'private', keyObject })
  return makeKey({ ...nameless, kid: options.kid ?? thumbprint(nameless) })
}

async function makePrivateKey(facts: Exclude<KeyFacts, { kty: 'oct' }>): Promise<KeyObject> {
  if (facts.kty === 'RSA') return (await makePair('rsa', { modulusLength: 3072, publicExponent: 65537 })).privateKey
  const curve: CurveName = facts.curves[0]
  switch (curve) {
    case 'Ed25519':
      return (await makePair('ed25519')).privateKey
    case 'X25519':
      return (await makePair('x25519')).privateKey
    default:
      return (await makePair('ec', { namedCurve: curve })).privateKey
  }
}
