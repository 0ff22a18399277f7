/**
 * Signing and verifying with a key handle: the cryptography of each algorithm, prepared once per handle.
 *
 * Knows nothing of tokens: a text goes in, its signature comes out in base64url. Serialization lives in `jws.ts`.
 */

import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { decodeBase64url } from '../base64url.ts'
import { equalsConstantTime } from '../constant-time.ts'
import { TokenError } from '../errors.ts'
import { demandOperation } from '../jwk/key.ts'
import type { Key } from '../jwk/key.ts'
import { isSignatureAlgorithm, signatureAlgorithms } from './algorithms.ts'
import type { SignatureFacts } from './algorithms.ts'
import { ecdsaFromDer, ecdsaToDer } from './ecdsa-signature.ts'
import { prepareHmac } from './hmac.ts'

type SigningKey = KeyObject | { readonly key: KeyObject; readonly padding: number; readonly saltLength: number }

interface Primitive {
  sign(input: string): string
  verify(input: string, signature: string): boolean
}

const prepared = new WeakMap<Key, Primitive>()

/** The signature of an ASCII text. @throws {TokenError} `key_unusable` for a key that may not sign */
export function signText(input: string, key: Key): string {
  if (key.kind === 'public') throw new TokenError('key_unusable', 'a public key does not sign')
  demandOperation(key, 'sign')
  return primitiveOf(key).sign(input)
}

/**
 * Whether a signature is the key's over an ASCII text.
 *
 * @throws {TokenError} `key_unusable` for a key that may not verify
 * @throws {TokenError} `token_malformed` for a signature that is not canonical base64url
 */
export function verifyText(input: string, signature: string, key: Key): boolean {
  demandOperation(key, 'verify')
  return primitiveOf(key).verify(input, signature)
}

function primitiveOf(key: Key): Primitive {
  let primitive = prepared.get(key)
  if (primitive === undefined) {
    if (!isSignatureAlgorithm(key.alg)) throw new TokenError('key_unusable', `a key for ${key.alg} signs nothing`)
    primitive = prepare(signatureAlgorithms[key.alg], key.keyObject)
    prepared.set(key, primitive)
  }
  return primitive
}

function prepare(facts: SignatureFacts, keyObject: KeyObject): Primitive {
  switch (facts.kty) {
    case 'oct':
      return macPrimitive(facts, keyObject)
    case 'RSA': {
      const bits = keyObject.asymmetricKeyDetails?.modulusLength ?? 0
      return signaturePrimitive(facts.hash, rsaKey(facts, keyObject), Math.ceil(bits / 8))
    }
    case 'EC':
      return ecdsaPrimitive(facts, keyObject)
    case 'OKP':
      return signaturePrimitive(null, keyObject, facts.signatureBytes)
  }
}

// Node tells `{ key, … }` from a bare `KeyObject` by two exceptions, which cost as much as a third of a verification:
// options are passed only where the defaults are others. PKCS #1 v1.5 is the default for RSA.
function rsaKey({ padding, saltLength }: Extract<SignatureFacts, { kty: 'RSA' }>, key: KeyObject): SigningKey {
  return saltLength === undefined ? key : { key, padding, saltLength }
}

function macPrimitive(facts: Extract<SignatureFacts, { kty: 'oct' }>, keyObject: KeyObject): Primitive {
  const mac = prepareHmac(facts, keyObject)
  return {
    sign: mac,
    // Compared as texts, so that only the canonical encoding of the MAC is equal.
    verify: (input, signature) => equalsConstantTime(mac(input), signature),
  }
}

function signaturePrimitive(hash: string | null, key: SigningKey, signatureBytes: number): Primitive {
  return {
    sign: (input) => sign(hash, Buffer.from(input), key).toString('base64url'),
    verify: (input, signature) => {
      const bytes = decodeBase64url(signature)
      return bytes.length === signatureBytes && verify(hash, Buffer.from(input), key, bytes)
    },
  }
}

// In DER, for the reason given at `rsaKey`: the format of JWS would be an option.
function ecdsaPrimitive(facts: Extract<SignatureFacts, { kty: 'EC' }>, key: KeyObject): Primitive {
  const { hash, signatureBytes } = facts
  return {
    sign: (input) => ecdsaFromDer(sign(hash, Buffer.from(input), key), signatureBytes).toString('base64url'),
    verify: (input, signature) => {
      const bytes = decodeBase64url(signature)
      return bytes.length === signatureBytes && verify(hash, Buffer.from(input), key, ecdsaToDer(bytes))
    },
  }
}
