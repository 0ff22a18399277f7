/**
 * Keys on elliptic curves: EC (RFC 7518 §6.2) and OKP (RFC 8037 §2), with their points on the curve.
 */

import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { TokenError } from '../errors.ts'
import { isEd25519PublicKey } from './ed25519-point.ts'
import { curveBytes } from './key-facts.ts'
import type { CurveName, KeyFacts } from './key-facts.ts'
import { malformed, readBytes, readText } from './members.ts'
import type { Members } from './members.ts'
import { publicKeyObject } from './public-key-object.ts'
import { isX25519PublicKey } from './x25519-point.ts'

const opensslNames: Readonly<Partial<Record<CurveName, string>>> = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
}

/** @throws {TokenError} `key_malformed`, `key_unsupported` */
export function parseCurveKey(jwk: Members, facts: Extract<KeyFacts, { kty: 'EC' | 'OKP' }>): KeyObject {
  const name = readText(jwk, 'crv')
  const crv = facts.curves.find((curve) => curve === name)
  if (crv === undefined) throw new TokenError('key_unsupported', 'the curve is not the algorithm’s')
  try {
    return facts.kty === 'EC' ? parseEcKey(jwk, crv) : parseOkpKey(jwk, crv)
  } catch (error) {
    // What node:crypto throws differs from version to version; that the key is no key does not.
    throw error instanceof TokenError ? error : malformed('not a point of the curve, or not a private key of it')
  }
}

function parseEcKey(jwk: Members, crv: CurveName): KeyObject {
  const length = curveBytes[crv]
  const [x, y] = [readBytes(jwk, 'x', length), readBytes(jwk, 'y', length)]
  const publicKey = publicKeyObject(crv, x, y) // throws off the curve
  if (jwk.d === undefined) return publicKey
  const pair = createECDH(opensslNames[crv] ?? crv)
  pair.setPrivateKey(readBytes(jwk, 'd', length)) // throws out of range
  if (!pair.getPublicKey().equals(Buffer.concat([Buffer.of(4), x, y]))) throw malformed('"d" is not of this point')
  const key = { kty: 'EC', crv, x: readText(jwk, 'x'), y: readText(jwk, 'y'), d: readText(jwk, 'd') }
  return createPrivateKey({ key, format: 'jwk' })
}

function parseOkpKey(jwk: Members, crv: CurveName): KeyObject {
  const x = readBytes(jwk, 'x', curveBytes[crv])
  const isPublicKey = crv === 'Ed25519' ? isEd25519PublicKey : isX25519PublicKey
  if (!isPublicKey(x)) throw malformed('not a point of the curve, or one of small order')
  if (jwk.d === undefined) return publicKeyObject(crv, x)
  const key = { kty: 'OKP', crv, x: readText(jwk, 'x') }
  readBytes(jwk, 'd', curveBytes[crv])
  const privateKey = createPrivateKey({ key: { ...key, d: readText(jwk, 'd') }, format: 'jwk' })
  if (createPublicKey(privateKey).export({ format: 'jwk' }).x !== key.x) throw malformed('"d" is not of this point')
  return privateKey
}
