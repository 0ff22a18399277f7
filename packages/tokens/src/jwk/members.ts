/**
 * Reading the members of a JWK, strictly.
 */

import { decodeBase64url } from '../base64url.ts'
import { TokenError } from '../errors.ts'
import { parseJsonObject } from '../json.ts'

/** A JWK's own members; it inherits none. */
export type Members = Readonly<Record<string, unknown>>

/**
 * The members of a JWK, given as its JSON text or as the object.
 *
 * @throws {TokenError} `key_malformed`
 */
export function readMembers(jwk: unknown): Members {
  const object = typeof jwk === 'string' ? parseText(jwk) : jwk
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw malformed('not an object')
  return Object.assign(Object.create(null) as object, object) as Members
}

export function malformed(rule: string): TokenError {
  return new TokenError('key_malformed', `not a sound JWK: ${rule}`)
}

export function readText(jwk: Members, name: string): string {
  const value = jwk[name]
  if (typeof value !== 'string') throw malformed(`"${name}" is not a string`)
  return value
}

export function readOptionalText(jwk: Members, name: string): string | undefined {
  return jwk[name] === undefined ? undefined : readText(jwk, name)
}

/** The bytes of a member; of exactly this length, if one is given (RFC 7518 §6.2.1.2). */
export function readBytes(jwk: Members, name: string, length?: number): Buffer {
  const bytes = decode(readText(jwk, name), name)
  if (length !== undefined && bytes.length !== length) throw malformed(`"${name}" is not ${length} bytes long`)
  return bytes
}

/** A member of type Base64urlUInt: the fewest bytes that hold the number (RFC 7518 §2). */
export function readUnsigned(jwk: Members, name: string): bigint {
  const bytes = readBytes(jwk, name)
  if (bytes.length === 0 || bytes[0] === 0) throw malformed(`"${name}" is not a shortest positive number`)
  return BigInt(`0x${bytes.toString('hex')}`)
}

function decode(text: string, name: string): Buffer {
  try {
    return decodeBase64url(text)
  } catch (cause) {
    throw new TokenError('key_malformed', `not a sound JWK: "${name}" is not canonical base64url`, { cause })
  }
}

function parseText(text: string): unknown {
  try {
    return parseJsonObject(text)
  } catch (cause) {
    throw new TokenError('key_malformed', 'not a sound JWK: not strict JSON', { cause })
  }
}
