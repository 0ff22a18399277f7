/**
 * What is asked of a token and of a password. Each is a function of its own, so that a test can leave one out and see the
 * attack succeed that it stops.
 */

import { TokenError, verifyJwtSignature } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { bearerChallenge } from '@countersign/protocol'

import type { Throttle } from '../throttle.ts'
import { readBearerToken } from '../wire/bearer-token.ts'
import { HttpRefusal } from '../wire/http-refusal.ts'

export interface UserClaims {
  readonly user: string
  readonly exp: number
}

export interface JwtChecks {
  /** The token of a request. */
  readonly header: (authorization: string | undefined) => string
  /** The claims of a token that one of these keys signed. */
  readonly signature: (token: string, keys: readonly Key[]) => UserClaims
  readonly expiry: (claims: UserClaims, now: number) => void
  readonly password: (guess: PasswordGuess, throttle: Throttle) => Promise<void>
}

export interface PasswordGuess {
  readonly name: string
  readonly address: string
  readonly verify: () => Promise<boolean>
}

export const jwtChecks: JwtChecks = {
  header: (authorization) => {
    const token = readBearerToken(authorization)
    if (token !== undefined) return token
    throw new HttpRefusal(401, 'Missing token', { headers: { 'WWW-Authenticate': bearerChallenge() } })
  },
  signature: (token, keys) => {
    for (const key of keys) {
      const claims = readClaims(token, key)
      if (claims === undefined) continue
      if (isUserClaims(claims)) return claims
      throw invalidToken('Malformed token')
    }
    throw invalidToken('Invalid token signature: forged, or the secret that made it is gone')
  },
  expiry: ({ exp }, now) => {
    if (!(now < exp)) throw invalidToken('Token expired')
  },
  password: async ({ name, address, verify }, throttle) => {
    const verdict = await throttle.guess(name, address, verify)
    if (verdict.status === 'right') return
    if (verdict.status === 'wrong') throw new HttpRefusal(401, 'Invalid credentials')
    throw new HttpRefusal(429, 'Too many attempts', { headers: { 'Retry-After': String(verdict.retryAfterSeconds) } })
  },
}

export function invalidToken(text: string): HttpRefusal {
  return new HttpRefusal(401, text, { headers: { 'WWW-Authenticate': bearerChallenge({ error: 'invalid_token' }) } })
}

/** Undefined where another key signed it. */
function readClaims(token: string, key: Key): object | undefined {
  try {
    return verifyJwtSignature(token, key).claims
  } catch (error) {
    if (error instanceof TokenError && error.code === 'token_signature_invalid') return undefined
    throw invalidToken('Malformed token')
  }
}

function isUserClaims(claims: object): claims is UserClaims {
  const { user, exp, ...others } = claims as Readonly<Record<string, unknown>>
  return typeof user === 'string' && typeof exp === 'number' && Object.keys(others).length === 0
}
