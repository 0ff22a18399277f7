/**
 * The keys of `sealed`: one for each use and direction, all derived from two secrets.
 *
 * With a key for each direction, an answer sent back as a request is noise. With keys that only the server can derive,
 * a token is closed even to those who hold the pre-shared key.
 */

import { Buffer } from 'node:buffer'
import { createSecretKey, hkdfSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export type KeyLabel = `${'c2s' | 's2c' | 'token'}-${'enc' | 'mac'}`

export interface EnvelopeKeys {
  readonly encryption: KeyObject
  readonly mac: KeyObject
}

export interface ChannelKeys {
  readonly clientToServer: EnvelopeKeys
  readonly serverToClient: EnvelopeKeys
}

/** What whoever holds the pre-shared key, 32 bytes, can open and close. */
export function deriveChannelKeys(preSharedKey: Uint8Array): ChannelKeys {
  return { clientToServer: deriveKeys(preSharedKey, 'c2s'), serverToClient: deriveKeys(preSharedKey, 's2c') }
}

/** The keys of tokens, from 32 bytes that never leave the server. */
export function deriveTokenKeys(tokenKey: Uint8Array): EnvelopeKeys {
  return deriveKeys(tokenKey, 'token')
}

/** Answers 32 bytes: HKDF-SHA256 without salt (RFC 5869). */
export function deriveKey(secret: Uint8Array, label: KeyLabel): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `countersign-lab/sealed/v1/${label}`, 32))
}

function deriveKeys(secret: Uint8Array, use: 'c2s' | 's2c' | 'token'): EnvelopeKeys {
  return {
    encryption: createSecretKey(deriveKey(secret, `${use}-enc`)),
    mac: createSecretKey(deriveKey(secret, `${use}-mac`)),
  }
}
