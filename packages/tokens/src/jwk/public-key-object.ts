/**
 * A public key of a curve, from the bytes of its point to Node's key object.
 *
 * By way of PEM, for speed: Node tells an object, which a JWK is, from a key object by four exceptions, and they cost more
 * than the parsing. Every proof of a client that comes for the first time brings such a key.
 */

import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { CurveName } from './key-facts.ts'

/** What comes before the point in a SubjectPublicKeyInfo (RFC 5480 §2, RFC 8410 §4), in hexadecimal. */
const prefixes: Readonly<Record<CurveName, string>> = {
  'P-256': '3059301306072a8648ce3d020106082a8648ce3d03010703420004',
  'P-384': '3076301006072a8648ce3d020106052b8104002203620004',
  'P-521': '30819b301006072a8648ce3d020106052b810400230381860004',
  Ed25519: '302a300506032b6570032100',
  X25519: '302a300506032b656e032100',
}

/**
 * @param point Its coordinates side by side, each at full length.
 * @throws {Error} Node's own, if a point of an EC curve is not on it.
 */
export function publicKeyObject(crv: CurveName, ...point: readonly Uint8Array[]): KeyObject {
  const bytes = Buffer.concat([Buffer.from(prefixes[crv], 'hex'), ...point])
  return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${bytes.toString('base64')}\n-----END PUBLIC KEY-----`)
}
