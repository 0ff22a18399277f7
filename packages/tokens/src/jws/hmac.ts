/**
 * HMAC (RFC 2104), prepared once per key.
 *
 * Two one-shot hashes over prepared pads cost half of what `createHmac` does, as no hash object is made per message.
 */

import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export interface HmacParameters {
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly hashBytes: number
  readonly blockBytes: number
}

/** The MAC of an ASCII text, in base64url. */
export type Hmac = (message: string) => string

/** The MAC of some bytes, put one after another. */
export type BytesHmac = (...pieces: readonly Uint8Array[]) => Buffer

// One work space for all keys: a call runs to its end before the next, and nothing is read that it has not written.
const workspace = Buffer.alloc(9 * 1024)
let padded: Uint8Array | undefined

export function prepareHmac(parameters: HmacParameters, key: KeyObject): Hmac {
  const { hash: algorithm, blockBytes } = parameters
  const { innerPad, outer } = preparePads(parameters, key.export())
  return (message) => {
    const end = blockBytes + message.length
    const inner = openInner(innerPad, end)
    inner.write(message, blockBytes, 'latin1')
    outer.write(hash(algorithm, inner.subarray(0, end), 'binary'), blockBytes, 'latin1')
    return hash(algorithm, outer, 'base64url')
  }
}

export function prepareBytesHmac(parameters: HmacParameters, key: Uint8Array): BytesHmac {
  const { hash: algorithm, blockBytes } = parameters
  const { innerPad, outer } = preparePads(parameters, key)
  return (...pieces) => {
    let end = blockBytes
    for (const piece of pieces) end += piece.byteLength
    const inner = openInner(innerPad, end)
    let at = blockBytes
    for (const piece of pieces) {
      inner.set(piece, at)
      at += piece.byteLength
    }
    outer.write(hash(algorithm, inner.subarray(0, end), 'binary'), blockBytes, 'latin1')
    // By way of a text: the Buffer that `hash` makes costs the garbage collector more.
    return Buffer.from(hash(algorithm, outer, 'binary'), 'latin1')
  }
}

function preparePads(
  { hash: algorithm, hashBytes, blockBytes }: HmacParameters,
  secret: Uint8Array,
): { readonly innerPad: Uint8Array; readonly outer: Buffer } {
  const block = Buffer.alloc(blockBytes)
  block.set(secret.length > blockBytes ? hash(algorithm, secret, 'buffer') : secret)
  const outer = Buffer.alloc(blockBytes + hashBytes)
  outer.set(block.map((byte) => byte ^ 0x5c))
  return { innerPad: block.map((byte) => byte ^ 0x36), outer }
}

/** Where the inner hash's input goes, after the pad that it begins with. */
function openInner(innerPad: Uint8Array, end: number): Buffer {
  const inner = end <= workspace.length ? workspace : Buffer.allocUnsafe(end)
  if (inner !== workspace || padded !== innerPad) inner.set(innerPad)
  if (inner === workspace) padded = innerPad
  return inner
}
