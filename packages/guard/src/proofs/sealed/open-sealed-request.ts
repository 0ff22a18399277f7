/**
 * Opens a sealed request, and seals the answer to it. That a request comes once is left to the caller.
 *
 * The keys are of one access token and one direction each: what was sealed for another token, or as an answer, does not
 * open. What it was sealed for is in its header: this method, this target and query, this token, and now.
 */

import { hash } from 'node:crypto'
import {
  parseSealedRequestHeader,
  sealedEncryption,
  sealedRequestCritical,
  sealedResponseHeader,
} from '@countersign/protocol'
import type { SealedRequestFacts } from '@countersign/protocol'
import { decryptJwe, encryptJwe, TokenError } from '@countersign/tokens'
import type { DecryptedJwe, EpochSeconds, Key } from '@countersign/tokens'
import { GuardError } from '../../guard-error.ts'
import type { GuardErrorCode } from '../../guard-error.ts'
import { bodyTooLarge, maxBodyBytes } from '../../guard-request.ts'
import { maxSealedBytes } from './find-sealed-request.ts'
import type { Seal } from './seal.ts'

/** How old a sealed request may be, by "iat". */
export const maxSealedAgeSeconds = 60

export interface SealedExpectations {
  readonly method: string
  /** As `targetUri` answers it. */
  readonly targetUri: string
  readonly accessToken: string
  readonly now: EpochSeconds
  readonly clockSkewSeconds: number
  readonly openingKey: Key
  /** Whether anything but an empty body may be sealed. */
  readonly mayHoldBody: boolean
}

export interface OpenedRequest {
  readonly plaintext: Uint8Array
  readonly contentType: string | undefined
  readonly nonce: string
  readonly issuedAt: EpochSeconds
}

/**
 * @throws {GuardError} `sealed_malformed`, `sealed_header_refused`, `sealed_decryption_failed`, `sealed_mismatch`,
 * `sealed_expired`, `sealed_in_future`, `body_too_large`
 */
export function openSealedRequest(sealed: string, expected: SealedExpectations): OpenedRequest {
  const { header, plaintext } = decrypt(sealed, expected.openingKey)
  const facts = parseSealedRequestHeader(header)
  if (facts === undefined) {
    throw new GuardError('sealed_header_refused', 'the header of the sealed request lacks a member, or has a wrong one')
  }
  if (plaintext.byteLength > maxBodyBytes) throw bodyTooLarge(maxBodyBytes)
  if (plaintext.byteLength > 0 && !expected.mayHoldBody) {
    throw new GuardError('sealed_malformed', 'the sealed request holds a body in a header field')
  }
  checkFacts(facts, expected)
  const { contentType, nonce, issuedAt } = facts
  return { plaintext, contentType, nonce, issuedAt }
}

/** Answers what seals the answers to this request. */
export function answerSealer(sealed: string, sealingKey: Key, clock: () => EpochSeconds): Seal {
  const requestHash = hash('sha256', sealed, 'base64url')
  return ({ status, contentType, body }) => {
    const facts = { requestHash, status, contentType, issuedAt: Math.floor(clock()) }
    return encryptJwe(body, sealingKey, { enc: sealedEncryption, header: sealedResponseHeader(facts) })
  }
}

/** What the tokens package refuses, in the words of this one. All else is a header that is not ours. */
const codes: Readonly<Record<string, GuardErrorCode>> = {
  token_too_large: 'body_too_large',
  token_malformed: 'sealed_malformed',
  token_decryption_failed: 'sealed_decryption_failed',
}

function decrypt(sealed: string, key: Key): DecryptedJwe {
  try {
    return decryptJwe(sealed, key, { maxBytes: maxSealedBytes, crit: sealedRequestCritical })
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    throw new GuardError(codes[error.code] ?? 'sealed_header_refused', `the sealed request: ${error.message}`)
  }
}

function checkFacts(facts: SealedRequestFacts, expected: SealedExpectations): void {
  const { now, clockSkewSeconds } = expected
  if (
    facts.method !== expected.method ||
    facts.targetUri !== expected.targetUri ||
    facts.accessTokenHash !== hash('sha256', expected.accessToken, 'base64url')
  ) {
    throw new GuardError('sealed_mismatch', 'the body was sealed for another method, target or token')
  }
  if (!(facts.issuedAt <= now + clockSkewSeconds)) {
    throw new GuardError('sealed_in_future', 'the body was sealed in the future')
  }
  if (!(now - facts.issuedAt <= maxSealedAgeSeconds + clockSkewSeconds)) {
    throw new GuardError('sealed_expired', 'the body was sealed too long ago')
  }
}
