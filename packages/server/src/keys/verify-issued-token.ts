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
export function verifyIssuedToken(
  token: string,
  { issuer, keys, clock }: IssuedTokenDeps,
): IssuedTokenClaims | undefined {
  try {
    const demands = { issuer, typ: 'at+jwt', now: clock() }
    const { claims } = verifyJwt(token, keys.verificationKeys(), demands)
    const { sid } = claims
    return typeof sid === 'string' ? { ...claims, sid } : undefined
  } catch (error) {
    if (error instanceof TokenError) return undefined
    throw error
  }
}
