/**
 * What is inside the envelopes that come to `sealed`: a login is a JSON object, a transaction is key-value text.
 *
 * Form only. Whether a request is fresh, new and allowed is for `checks.ts`.
 */

import { parseJsonObject } from '@countersign/tokens'
import type { EpochSeconds } from '@countersign/tokens'

import { parseKeyValues } from '../wire/key-values.ts'
import { Rejection } from './rejection.ts'

interface Stamped {
  /** Unique among the requests of everybody: what makes each count once. */
  readonly nonce: string
  readonly timestamp: EpochSeconds
}

export interface LoginRequest extends Stamped {
  readonly kind: 'login'
  readonly username: string
  readonly passwordHash: string
}

export interface TransactionRequest extends Stamped {
  readonly kind: 'transaction'
  readonly token: string
  readonly action: string
  readonly amount: string
}

export type SealedRequest = LoginRequest | TransactionRequest

/** The fields of a text that can be read; what they hold has not been looked at. */
export interface SealedMessage {
  readonly kind: SealedRequest['kind']
  readonly fields: Readonly<Record<string, unknown>>
}

const mostNonceCharacters = 128
const openingBrace = 0x7b

/** @throws {Rejection} `malformed` */
export function readMessage(plaintext: Uint8Array): SealedMessage {
  const isLogin = plaintext[0] === openingBrace
  try {
    return isLogin
      ? { kind: 'login', fields: parseJsonObject(plaintext) }
      : { kind: 'transaction', fields: parseKeyValues(plaintext) }
  } catch (cause) {
    throw new Rejection('malformed', { cause })
  }
}

/** Read by itself, since a refusal names it whatever else is wrong. @throws {Rejection} `malformed` */
export function parseNonce({ fields: { nonce } }: SealedMessage): string {
  if (typeof nonce !== 'string' || nonce === '' || Array.from(nonce).length > mostNonceCharacters) {
    throw new Rejection('malformed')
  }
  return nonce
}

/** @throws {Rejection} `malformed` */
export function parseRequest(message: SealedMessage): SealedRequest {
  const { kind, fields } = message
  const nonce = parseNonce(message)
  const timestamp = parseTimestamp(kind === 'login' ? fields['timestamp'] : parseDigits(fields['timestamp']))
  if (kind === 'transaction') {
    // What is missing here is an empty text: the checks have an answer of their own for each.
    const { token = '', action = '', amount = '' } = fields as Readonly<Record<string, string>>
    return { kind, nonce, timestamp, token, action, amount }
  }
  const { username, password_hash: passwordHash } = fields
  if (typeof username !== 'string' || typeof passwordHash !== 'string') throw new Rejection('malformed')
  return { kind, nonce, timestamp, username, passwordHash }
}

function parseTimestamp(value: unknown): EpochSeconds {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Rejection('malformed')
  return value
}

function parseDigits(text: unknown): number {
  return typeof text === 'string' && /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
}
