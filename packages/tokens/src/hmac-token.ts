/**
 * HMAC token: `subject.timestamp.mac`, for callers and servers that share a key.
 *
 * The mac is HMAC-SHA256 over `subject.timestamp`, in 64 lower-case hex digits. The subject may hold dots: the token is
 * read from its right end. It proves who made it and when, once or a thousand times: single use is the caller's.
 */

import { Buffer } from 'node:buffer'
import { TokenError } from './errors.ts'
import type { Key } from './jwk/key.ts'
import { signText, verifyText } from './jws/signature.ts'
import type { EpochSeconds } from './time.ts'

export interface HmacTokenDemands {
  /** The current time. Without it, nothing is demanded of the token's age. */
  readonly now?: EpochSeconds
  /** The greatest age accepted, in seconds; needs `now`. */
  readonly maxAgeSeconds?: number
}

export interface HmacToken {
  readonly subject: string
  readonly issuedAt: EpochSeconds
}

/**
 * Answers a token that says that the holder of `key` vouched for `subject` at `now` (a fraction is dropped).
 *
 * @throws {TokenError} `key_unusable` for any but an HS256 key that may sign.
 */
export function signHmacToken(subject: string, now: EpochSeconds, key: Key): string {
  const timestamp = Math.floor(now)
  if (!isSubject(subject)) throw new TypeError('the subject must be a non-empty, well-formed string')
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw new TypeError('now must be a time in seconds since 1970')
  demandHs256(key)
  const signed = `${subject}.${timestamp}`
  return `${signed}.${Buffer.from(signText(utf8(signed), key), 'base64url').toString('hex')}`
}

/**
 * Answers what the token says, once its mac and its age hold. A timestamp up to 5 seconds ahead of `now` is accepted.
 *
 * @throws {TokenError} `token_too_large` beyond 8 KiB, `token_malformed`, `token_signature_invalid`,
 * `token_not_yet_valid`, `token_too_old`; `key_unusable` for any but an HS256 key that may verify.
 */
export function verifyHmacToken(token: string, key: Key, demands: HmacTokenDemands = {}): HmacToken {
  const { now, maxAgeSeconds } = demands
  if (maxAgeSeconds !== undefined && now === undefined) throw new TypeError('maxAgeSeconds needs now')
  demandHs256(key)
  if (typeof token !== 'string') throw new TokenError('token_malformed', 'a token is a text')
  if (token.length > maxLength) throw new TokenError('token_too_large', 'the token is longer than 8 KiB')

  const macAt = token.lastIndexOf('.')
  const signed = token.slice(0, Math.max(macAt, 0))
  const timestampAt = signed.lastIndexOf('.')
  const subject = signed.slice(0, Math.max(timestampAt, 0))
  const timestamp = signed.slice(timestampAt + 1)
  const mac = token.slice(macAt + 1)
  const issuedAt = Number(timestamp)
  if (!isSubject(subject) || !decimal.test(timestamp) || !Number.isSafeInteger(issuedAt) || !hexMac.test(mac)) {
    throw new TokenError('token_malformed', 'the token is not "subject.timestamp.mac"')
  }
  if (!verifyText(utf8(signed), Buffer.from(mac, 'hex').toString('base64url'), key)) {
    throw new TokenError('token_signature_invalid', 'the mac does not hold')
  }
  // Each comparison is what must hold, negated: with a clock that answers no number it fails, and the token is refused.
  if (now !== undefined && !(issuedAt <= now + clockSkewSeconds)) {
    throw new TokenError('token_not_yet_valid', 'the timestamp is in the future')
  }
  if (now !== undefined && maxAgeSeconds !== undefined && !(now - issuedAt <= maxAgeSeconds)) {
    throw new TokenError('token_too_old', 'the timestamp is too long ago')
  }
  return { subject, issuedAt }
}

const maxLength = 8192
const clockSkewSeconds = 5
const decimal = /^(?:0|[1-9][0-9]*)$/
const hexMac = /^[0-9a-f]{64}$/

/** A letter for each byte: signing takes a text at one byte a letter, where "š" and "a" would be the same. */
function utf8(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** A lone surrogate has no UTF-8: two such subjects would share one mac. */
function isSubject(subject: string): boolean {
  return subject !== '' && subject.isWellFormed()
}

function demandHs256(key: Key): void {
  if (key.alg !== 'HS256') throw new TokenError('key_unusable', 'HMAC tokens need an HS256 key')
}
