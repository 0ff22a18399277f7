/** The name under which something is spent. The store sees this hash, never what travels. */

import { hash } from 'node:crypto'

/** What kind of thing is spent: parts `iss, jti`; `jkt, jti`; `keyid, nonce`; `client_id, jti`; `jti, nonce`. */
export type SpendDomain = 'at' | 'dpop' | 'sig' | 'assertion' | 'seal'

/**
 * Answers the SHA-256 of the domain and the parts, each after its length in two bytes: no two lists of parts share an
 * id, and no two kinds of thing do.
 *
 * @throws {TypeError} if a part is longer than 65535 bytes.
 */
export function spendId(domain: SpendDomain, ...parts: readonly string[]): Buffer {
  // By way of a text, the Buffer comes from Node's pool and costs the garbage collector nothing of its own.
  return Buffer.from(hash('sha256', Buffer.concat([domain, ...parts].map(prefixLength)), 'binary'), 'latin1')
}

function prefixLength(part: string): Buffer {
  const length = Buffer.byteLength(part)
  if (length > 0xffff) throw new TypeError('a part of a spend id is at most 65535 bytes')
  const prefixed = Buffer.allocUnsafe(2 + length)
  prefixed.writeUInt16BE(length)
  prefixed.write(part, 2)
  return prefixed
}
