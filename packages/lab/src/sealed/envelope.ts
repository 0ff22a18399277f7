/**
 * The envelope of `sealed`: encrypt, then MAC. What is inside, and who may send it, is for others.
 *
 *     base64( {"iv":…,"ciphertext":…,"mac":…} )      AES-256-CBC, PKCS#7, HMAC-SHA256 over iv || ciphertext
 *
 * The MAC is checked before anything is decrypted. So nobody without the keys ever has a byte of his own decrypted, and
 * padding, which has told many a server's secrets, is only ever removed from what the other side itself sealed.
 */

import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

import { equalsConstantTime, parseJsonObject } from '@countersign/tokens'

import type { EnvelopeKeys } from './keys.ts'

/** There is one code, since every failure must look the same; the message is for the logs of the side that refused. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
  readonly code = 'envelope_rejected'
}

export interface Envelope {
  readonly iv: Buffer
  readonly ciphertext: Buffer
  readonly mac: Buffer
}

const cipher = 'aes-256-cbc'
const blockBytes = 16
const macBytes = 32

/** Answers a line without its end. An IV is given only by tests: two envelopes under one IV show how they begin alike. */
export function sealEnvelope(
  plaintext: string | Uint8Array,
  keys: EnvelopeKeys,
  iv: Buffer = randomBytes(blockBytes),
): string {
  const encrypt = createCipheriv(cipher, keys.encryption, iv)
  const ciphertext = Buffer.concat([encrypt.update(plaintext), encrypt.final()])
  return formatEnvelope({ iv, ciphertext, mac: computeMac(iv, ciphertext, keys) })
}

/** @throws {EnvelopeError} `envelope_rejected`, whatever is wrong. */
export function openEnvelope(line: string, keys: EnvelopeKeys): Buffer {
  const { iv, ciphertext, mac } = parseEnvelope(line)
  if (!equalsConstantTime(mac, computeMac(iv, ciphertext, keys))) throw new EnvelopeError('another MAC')
  return decrypt(iv, ciphertext, keys)
}

/** The parts as they came: nothing is proved yet. @throws {EnvelopeError} `envelope_rejected` */
export function parseEnvelope(line: string): Envelope {
  const members = parseMembers(decodeBase64(line))
  const [iv, ciphertext, mac] = ['iv', 'ciphertext', 'mac'].map((name) => decodeBase64(members[name]))
  if (iv?.length !== blockBytes || mac?.length !== macBytes || !ciphertext) throw new EnvelopeError('a length')
  if (ciphertext.length === 0 || ciphertext.length % blockBytes !== 0) throw new EnvelopeError('not whole blocks')
  return { iv, ciphertext, mac }
}

export function formatEnvelope({ iv, ciphertext, mac }: Envelope): string {
  const members = {
    iv: iv.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    mac: mac.toString('base64'),
  }
  return Buffer.from(JSON.stringify(members)).toString('base64')
}

function computeMac(iv: Uint8Array, ciphertext: Uint8Array, keys: EnvelopeKeys): Buffer {
  return createHmac('sha256', keys.mac).update(iv).update(ciphertext).digest()
}

function decrypt(iv: Uint8Array, ciphertext: Uint8Array, keys: EnvelopeKeys): Buffer {
  try {
    const decipher = createDecipheriv(cipher, keys.encryption, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch (cause) {
    throw new EnvelopeError('padding', { cause })
  }
}

function parseMembers(json: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const members = parseJsonObject(json)
    if (Object.keys(members).length === 3) return members
  } catch (cause) {
    throw new EnvelopeError('not JSON', { cause })
  }
  throw new EnvelopeError('more or fewer members')
}

/** Canonical, padded: Node skips what it does not know, so the proof that nothing was skipped is to encode it again. */
function decodeBase64(text: unknown): Buffer {
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64')
  if (bytes.toString('base64') !== text) throw new EnvelopeError('not base64')
  return bytes
}
