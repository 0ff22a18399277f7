/**
 * What is asked of a token, in this order; the first that does not hold refuses it. Each is a function of its own, so
 * that a test can leave one out and see the attack succeed that it stops.
 */

import { verifyJwtSignature } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'

import { readBearerToken } from '../wire/bearer-token.ts'
import { HttpRefusal } from '../wire/http-refusal.ts'
import { matchesTokenHash } from './token-hash.ts'
import type { TokenStore } from './token-store.ts'

export interface OneTimeClaims {
  readonly sub: string
  readonly jti: string
  readonly iss: string
  readonly aud: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
}

export interface PresentedToken {
  readonly token: string
  readonly claims: OneTimeClaims
  /** In seconds. */
  readonly now: number
  readonly issuer: string
  readonly audience: string
  readonly store: TokenStore
}

type ClaimCheck = 'issuer' | 'audience' | 'notBefore' | 'expiry' | 'unspent' | 'newest' | 'hash' | 'spend'

export interface OneTimeChecks {
  /** The token of a request. */
  readonly header: (authorization: string | undefined) => string
  /** The claims of a token in the right form, with a signature that holds. */
  readonly signature: (token: string, key: Key) => OneTimeClaims
  readonly claims: Readonly<Record<ClaimCheck, (presented: PresentedToken) => void | Promise<void>>>
}

export const oneTimeChecks: OneTimeChecks = {
  header: (authorization) => {
    const token = readBearerToken(authorization)
    if (token === undefined) throw refusal('missing_token', 'A token is expected in "Authorization: Bearer" alone')
    return token
  },
  signature: (token, key) => {
    const claims = readClaims(token, key)
    if (!isOneTimeClaims(claims)) throw invalid('Not the claims of a token of this server')
    return claims
  },
  claims: {
    issuer: ({ claims, issuer }) => {
      if (claims.iss !== issuer) throw invalid('Another issuer')
    },
    audience: ({ claims, audience }) => {
      if (claims.aud !== audience) throw invalid('Another audience')
    },
    notBefore: ({ claims, now }) => {
      if (!(claims.nbf <= now)) throw invalid('Not valid yet')
    },
    expiry: ({ claims, now }) => {
      if (!(now < claims.exp)) throw refusal('token_expired', 'The token has expired')
    },
    unspent: async ({ claims, store }) => {
      if (await store.isSpent(claims.jti)) throw replayed()
    },
    newest: async ({ claims, store }) => {
      const newest = await store.newestOf(claims.sub)
      if (newest !== undefined && newest !== claims.jti) throw refusal('token_stale', 'A newer token was issued')
    },
    hash: async ({ token, claims, store }) => {
      const hash = await store.hashOf(claims.jti)
      if (hash !== undefined && (await matchesTokenHash(token, hash))) return
      // A request beside this one may just have spent it.
      throw (await store.isSpent(claims.jti)) ? replayed() : invalid('Not a token that was issued here')
    },
    // Last, and the one that decides: of requests that came this far at the same time, one goes on.
    spend: async ({ claims, store }) => {
      if (!(await store.spend(claims.jti, claims.exp))) throw replayed()
    },
  },
}

function readClaims(token: string, key: Key): object {
  try {
    return verifyJwtSignature(token, key).claims
  } catch {
    throw invalid('The form or the signature does not hold')
  }
}

function isOneTimeClaims(claims: object): claims is OneTimeClaims {
  const { sub, jti, iss, aud, iat, nbf, exp, ...others } = claims as Readonly<Record<string, unknown>>
  const texts = [sub, jti, iss, aud].every((value) => typeof value === 'string')
  const instants = [iat, nbf, exp].every((value) => typeof value === 'number')
  return texts && instants && Object.keys(others).length === 0
}

function invalid(message: string): HttpRefusal {
  return refusal('invalid_token', message)
}

function replayed(): HttpRefusal {
  return refusal('token_replayed', 'The token has been used')
}

function refusal(code: string, message: string): HttpRefusal {
  return new HttpRefusal(401, code, { headers: { 'WWW-Authenticate': 'Bearer' }, fields: { message } })
}
