/**
 * From a JWK to a key handle.
 *
 * Here a key gets its one algorithm and its permitted use; what its numbers must be is checked per key type.
 */

import type { KeyObject } from 'node:crypto'

import { TokenError } from '../errors.ts'
import { isContentEncryption } from '../jwe/content-encryption.ts'
import { parseCurveKey } from './elliptic-curve.ts'
import { isKeyAlgorithm, keyFacts } from './key-facts.ts'
import type { KeyFacts } from './key-facts.ts'
import { isKeyOperation, makeKey } from './key.ts'
import type { ContentEncryption, Key, KeyOperation } from './key.ts'
import { malformed, readBytes, readMembers, readOptionalText, readText } from './members.ts'
import type { Members } from './members.ts'
import { parseRsaKey } from './rsa.ts'
import { secretKeyObject } from './secret-key.ts'

export interface ParseJwkOptions {
  /** The algorithm, where the JWK names none. If both do, they must agree. */
  readonly alg?: Key['alg']
}

/**
 * The handle of a key, given as a JWK or its JSON text. In "alg", `EdDSA` means `Ed25519`, and the name of a content
 * encryption means a `dir` key for it.
 *
 * @throws {TokenError} `key_malformed`, `key_unsupported`, `key_too_weak`
 * @throws {TokenError} `key_unusable` if "alg", "use" or "key_ops" leave it nothing to do
 * @see RFC 7517 §4
 */
export function parseJwk(jwk: unknown, options: ParseJwkOptions = {}): Key {
  const members = readMembers(jwk)
  const kty = readText(members, 'kty')
  if (!['oct', 'RSA', 'EC', 'OKP'].includes(kty)) throw new TokenError('key_unsupported', 'an unknown key type')
  const { alg, enc } = readAlgorithm(members, options.alg)
  const facts = keyFacts(alg, kty, enc)
  if (facts === undefined) throw malformed(`"kty" is not that of ${alg}`)
  const keyOps = readOperations(members, facts)
  return makeKey({
    alg,
    kid: readOptionalText(members, 'kid'),
    kind: facts.kty === 'oct' ? 'secret' : members.d === undefined ? 'public' : 'private',
    enc,
    keyOps,
    keyObject: parseKeyObject(members, facts),
  })
}

function parseKeyObject(members: Members, facts: KeyFacts): KeyObject {
  switch (facts.kty) {
    case 'oct':
      return secretKeyObject(readBytes(members, 'k'), facts)
    case 'RSA':
      return parseRsaKey(members)
    default:
      return parseCurveKey(members, facts)
  }
}

function readAlgorithm(
  members: Members,
  demanded: Key['alg'] | undefined,
): { readonly alg: Key['alg']; readonly enc?: ContentEncryption } {
  const named = readOptionalText(members, 'alg')
  const name = (named === 'EdDSA' ? 'Ed25519' : named) ?? demanded
  const enc = isContentEncryption(name) ? name : undefined
  const alg = enc === undefined ? name : 'dir'
  if (!isKeyAlgorithm(alg)) throw new TokenError('key_unsupported', 'an unknown algorithm, or none')
  if (demanded !== undefined && alg !== demanded) throw new TokenError('key_unusable', `not a key for ${demanded}`)
  return enc === undefined ? { alg } : { alg, enc }
}

/** "use" and "key_ops", which must leave something to do and agree (RFC 7517 §4.2, §4.3). */
function readOperations(members: Members, facts: KeyFacts): readonly KeyOperation[] | undefined {
  const use = readOptionalText(members, 'use')
  if (use !== undefined && use !== facts.use) throw new TokenError('key_unusable', 'its "use" is another')
  const listed = members.key_ops
  if (listed === undefined) return undefined
  if (!Array.isArray(listed) || new Set(listed).size !== listed.length) throw malformed('"key_ops" is not a set')
  const operations = listed.filter(isKeyOperation)
  if (!operations.some((operation) => facts.operations.includes(operation))) {
    throw new TokenError('key_unusable', 'its "key_ops" are others')
  }
  if (use !== undefined && operations.some((operation) => !facts.operations.includes(operation))) {
    throw malformed('"use" and "key_ops" contradict each other')
  }
  return operations
}
