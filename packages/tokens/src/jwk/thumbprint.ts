/**
 * The name that a key has by itself (RFC 7638).
 */

import { hash } from 'node:crypto'

import { TokenError } from '../errors.ts'
import type { Jwk } from './jwk.ts'
import type { Key } from './key.ts'
import { readMembers, readText } from './members.ts'

/** RFC 7638 §3.2, RFC 8037 §2: the required members, in the order of their names. */
const requiredMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
  oct: ['k', 'kty'],
}

/**
 * The SHA-256 thumbprint, in base64url. That of a symmetric key lets whoever sees it test guesses of the key
 * (RFC 7638 §7): fit for random keys only.
 *
 * @throws {TokenError} `key_malformed`, `key_unsupported`
 */
export function thumbprint(key: Key | Jwk): string {
  const jwk = readMembers('keyObject' in key ? key.keyObject.export({ format: 'jwk' }) : key)
  const kty = readText(jwk, 'kty')
  const names = Object.hasOwn(requiredMembers, kty) ? requiredMembers[kty] : undefined
  if (names === undefined) throw new TokenError('key_unsupported', 'an unknown key type')
  const canonical = JSON.stringify(Object.fromEntries(names.map((name) => [name, readText(jwk, name)])))
  return hash('sha256', canonical, 'base64url')
}
