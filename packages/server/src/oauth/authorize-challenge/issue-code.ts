/** The end of a sign-in: a grant, and a code that buys its tokens. Redeeming is the token endpoint's. */

import { randomUUID } from 'node:crypto'
import { hashToken, makeOpaqueToken } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import { userRights } from '../../client-permissions/index.ts'
import type { User } from '../../store/records.ts'
import type { AuthorizeChallengeDeps } from './authorize-challenge-deps.ts'
import type { RequestedGrant } from './challenge-request.ts'

/** The authentication context class of a sign-in by password alone. */
const passwordAcr = 'urn:countersign:acr:password'

/**
 * Answers a code for a new grant, of that part of the scope which the user's roles allow; `undefined` if the user or the
 * client is gone or disabled by now, or the password another.
 */
export async function issueCode(
  user: User,
  { codeChallenge, nonce, dpopJkt, ...granted }: RequestedGrant,
  address: string,
  { grants, placeGrant, roles, clock, lifetimes }: AuthorizeChallengeDeps,
): Promise<string | undefined> {
  const now = clock()
  const { scope } = await userRights(user, granted.resource, granted.scope, { roles })
  const grant = {
    ...granted,
    scope,
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
  const record = {
    hash: hashToken(code),
    ...{ grantId, clientId, codeChallenge, nonce, dpopJkt },
    expiresAt: now + lifetimes.codeLifetimeSeconds,
  }
  const event = makeEvent(clock, {
    type: 'sign_in.succeeded',
    actor: `user:${user.id}`,
    ...{ userId: user.id, clientId, grantId, address },
    detail: { amr: grant.amr },
  })
  const outcome = await placeGrant((statusIndex) =>
    grants.issueCode({ ...grant, statusIndex }, record, event, user.passwordHash),
  )
  return outcome === 'issued' ? code : undefined
}
