/** Verifies access tokens of ours that come back. Whether their grants are alive is left to whoever asks the store. */

import { TokenError, verifyJwt } from '@countersign/tokens'
import type { JwtClaims } from '@countersign/tokens'
import type { Clock } from '../clock.ts'
import type { KeyRings } from './key-ring.ts'

export interface IssuedTokenDeps {
  readonly issuer: string
  readonly keys: Pick<KeyRings, 'verificationKeys'>
  readonly clock: Clock
}

/** Its `sid` is the grant that it hangs on. */
export type IssuedTokenClaims = JwtClaims & { readonly sid: string }

/** Answers the claims of an access token, for whichever audience; `undefined` if it is not ours, or its time is over. */
export function verifyIssuedToken(token: string, deps: IssuedTokenDeps): IssuedTokenClaims | undefined {
  try {
    return demandIssuedToken(token, deps)
  } catch (error) {
    if (error instanceof TokenError) return undefined
    throw error
  }
}

/**
 * The same, for who is told why it is refused.
 *
 * @throws {TokenError} Also `token_claim_invalid` for a token that hangs on no grant.
 */
export function demandIssuedToken(token: string, { issuer, keys, clock }: IssuedTokenDeps): IssuedTokenClaims {
  const { claims } = verifyJwt(token, keys.verificationKeys(), { issuer, typ: 'at+jwt', now: clock() })
  const { sid } = claims
  if (typeof sid !== 'string') throw new TokenError('token_claim_invalid', '"sid" is not a text')
  return { ...claims, sid }
}
