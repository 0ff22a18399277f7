/**
 * The tokens of `sealed`: an envelope around claims, under keys that only the server has.
 *
 * Nobody else can read one, not even its owner; whether it is still good, and good here, is for `checks.ts`.
 */

import { randomBytes } from 'node:crypto'

import { encodeBase64url, parseJsonObject } from '@countersign/tokens'
import type { EpochSeconds } from '@countersign/tokens'

import { lifetimeFrom } from '../token-lifetime.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import type { EnvelopeKeys } from './keys.ts'
import { Rejection } from './rejection.ts'

export interface TokenClaims {
  readonly sub: string
  readonly iat: EpochSeconds
  readonly exp: EpochSeconds
  readonly jti: string
  /** The connection that the token was issued on, and works on. */
  readonly cid: string
}

export interface TokenFacts {
  readonly subject: string
  readonly connectionId: string
  readonly now: EpochSeconds
  readonly lifetimeSeconds: number
}

export function issueToken({ subject, connectionId, now, lifetimeSeconds }: TokenFacts, keys: EnvelopeKeys): string {
  const { issuedAt, expiresAt } = lifetimeFrom(now, lifetimeSeconds)
  const claims: TokenClaims = { sub: subject, iat: issuedAt, exp: expiresAt, jti: makeId(), cid: connectionId }
  return sealEnvelope(JSON.stringify(claims), keys)
}

/** @throws {Rejection} `invalid_token` if this server did not seal it. */
export function openToken(token: string, keys: EnvelopeKeys): TokenClaims {
  try {
    // Whatever opens was sealed here, by the lines above: its claims need no second look.
    return parseJsonObject(openEnvelope(token, keys)) as unknown as TokenClaims
  } catch (cause) {
    throw new Rejection('invalid_token', { cause })
  }
}

/** 16 random bytes: the name of a token or of a connection. */
export function makeId(): string {
  return encodeBase64url(randomBytes(16))
}
