/** The end of a sign-in: a grant, and a code that buys its tokens. Redeeming is the token endpoint's. */

import { randomUUID } from 'node:crypto'
import { hashToken, makeOpaqueToken } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import type { Grant, User } from '../../store/records.ts'
import type { AuthorizeChallengeDeps } from './authorize-challenge-deps.ts'
import type { RequestedGrant } from './challenge-request.ts'

/** The authentication context class of a sign-in by password alone. */
const passwordAcr = 'urn:countersign:acr:password'

/** Answers a code for a new grant; `undefined` if the user or the client is gone or disabled by now. */
export async function issueCode(
  user: User,
  { codeChallenge, nonce, ...granted }: RequestedGrant,
  address: string,
  { grants, clock, lifetimes }: AuthorizeChallengeDeps,
): Promise<string | undefined> {
  const now = clock()
  const grant: Grant = {
    ...granted,
    id: randomUUID(),
    userId: user.id,
    authTime: now,
    amr: ['pwd'],
    acr: passwordAcr,
    createdAt: now,
    revokedAt: null,
  }
  const { id: grantId, clientId } = grant
  const code = makeOpaqueToken('ac')
  const outcome = await grants.issueCode(
    grant,
    { hash: hashToken(code), grantId, clientId, codeChallenge, nonce, expiresAt: now + lifetimes.codeLifetimeSeconds },
    makeEvent(clock, {
      type: 'sign_in.succeeded',
      actor: `user:${user.id}`,
      userId: user.id,
      clientId,
      grantId,
      address,
      detail: { amr: grant.amr },
    }),
  )
  return outcome === 'issued' ? code : undefined
}
