/** Tokens by their text: access tokens that an operator makes without a sign-in, and the revocation of any that are out. */

import { randomUUID } from 'node:crypto'
import { statusClaim } from '@countersign/protocol'
import { hashToken, signJwt } from '@countersign/tokens'
import type { JwtClaims } from '@countersign/tokens'
import { makeEvent } from '../audit/audit.ts'
import type { FieldProblem } from '../http/problem.ts'
import type { KeyRings } from '../keys/key-ring.ts'
import { demandIssuedToken } from '../keys/verify-issued-token.ts'
import { grantPlacement } from '../store/grant-placement.ts'
import { longestAccessTokenSeconds } from '../store/records.ts'
import type { Api, Grant } from '../store/records.ts'
import { AdminError, invalidOptions } from './admin-error.ts'
import type { AdministrationDeps } from './administration-deps.ts'
import { scopeProblems } from './field-rules.ts'
import { findApi } from './find-api.ts'

/** As an administrator writes them: every text is checked here. */
export interface MintOptions {
  /** Who it speaks for; nobody is looked for. */
  readonly subject: string
  /** Of an API that there is. Default: the issuer itself. */
  readonly audience?: string
  readonly scopes?: readonly string[]
  /** An hour at most; below zero: it has ended already. */
  readonly lifetimeSeconds: number
  /** Asked for; some scopes of the API make it so anyway. */
  readonly singleUse?: boolean
}

export interface MintedToken {
  readonly token: string
  readonly claims: JwtClaims
}

/** Minted tokens hang on grants of the command's own client. */
const mintingClientId = 'countersign-cli'

/**
 * Signs an access token without a sign-in. It has a grant and a place in the status lists, by which it can be revoked; the
 * grant is no user's, whoever the subject is, so that it does not end with a user's grants.
 *
 * @throws {AdminError} `token_invalid`, `api_not_found`
 * @throws {AdminError} `client_not_found` if no server has run on this store: the first start makes the client.
 */
export async function mintToken(deps: AdministrationDeps, options: MintOptions): Promise<MintedToken> {
  const { store, clock, actor, issuer } = deps
  const keys = keysOf(deps)
  const { subject, audience = issuer, scopes = [], lifetimeSeconds } = options
  const problems = [...subjectProblems(subject), ...scopeProblems(scopes), ...lifetimeProblems(lifetimeSeconds)]
  if (problems.length > 0) throw invalidOptions('token_invalid', problems)
  const api = audience === issuer ? undefined : await findApi(deps, audience)
  const scope = [...new Set(scopes)].join(' ')
  const now = clock()
  const facts = {
    ...{ id: randomUUID(), userId: null, clientId: mintingClientId, scope, resource: api?.audience ?? null },
    ...{ authTime: null, amr: [], acr: null, createdAt: now, revokedAt: null },
  }
  const event = makeEvent(clock, {
    ...{ type: 'token.minted', actor, clientId: facts.clientId, grantId: facts.id },
    detail: { subject, audience, scope, lifetimeSeconds },
  })
  const singleUse = options.singleUse === true || isForSingleUse(api, scopes)
  return grantPlacement()(async (statusIndex) => {
    const grant: Grant = { ...facts, statusIndex }
    const outcome = await store.grants.issueClientGrant(grant, event)
    if (outcome === 'status_index_taken') return outcome
    if (outcome === 'refused') {
      throw new AdminError('client_not_found', `there is no client ${mintingClientId} yet: start the server once`)
    }
    const expiresAt = now + lifetimeSeconds
    const issuedAt = Math.min(now, expiresAt - 1)
    const claims: JwtClaims = {
      ...{ iss: issuer, sub: subject, aud: audience, client_id: grant.clientId },
      ...{ iat: issuedAt, nbf: issuedAt, exp: expiresAt, jti: randomUUID(), sid: grant.id },
      ...(scope !== '' && { scope }),
      ...(singleUse && { single_use: true }),
      status: statusClaim(issuer, statusIndex),
    }
    return { token: signJwt(claims, await keys.signingKey(api?.alg ?? 'ES256'), { typ: 'at+jwt' }), claims }
  })
}

/**
 * Revokes what an access or refresh token of ours hangs on, and answers it: all tokens of that grant are dead.
 *
 * @throws {TokenError} for a text that is neither, and for an access token that has ended, or hangs on no grant.
 * @throws {AdminError} `grant_not_found` if the grant is forgotten; `grant_already_revoked`
 */
export async function revokeToken(deps: AdministrationDeps, token: string): Promise<Grant> {
  const { store, clock, actor, issuer } = deps
  const refresh = await store.grants.findRefreshToken(hashToken(token))
  const grantId = refresh?.grant.id ?? demandIssuedToken(token, { issuer, clock, keys: keysOf(deps) }).sid
  const grant = refresh?.grant ?? (await store.grants.find(grantId))
  if (grant === undefined) throw new AdminError('grant_not_found', 'the grant of this token is forgotten: it has ended')
  const { userId, clientId } = grant
  const event = makeEvent(clock, { type: 'grant.revoked', actor, userId, clientId, grantId })
  if (!(await store.grants.revoke(grantId, event.at, event))) {
    throw new AdminError('grant_already_revoked', 'the grant of this token is revoked already: nothing was changed')
  }
  return { ...grant, revokedAt: event.at }
}

function keysOf({ keys }: AdministrationDeps): Pick<KeyRings, 'signingKey' | 'verificationKeys'> {
  if (keys === undefined) throw new TypeError('tokens need the key rings')
  return keys
}

function isForSingleUse(api: Api | undefined, scopes: readonly string[]): boolean {
  return scopes.some((scope) => api?.singleUseScopes.includes(scope))
}

function subjectProblems(subject: string): readonly FieldProblem[] {
  return /^\P{C}{1,255}$/u.test(subject)
    ? []
    : [{ field: 'subject', rule: 'form', detail: 'use 1 to 255 visible characters' }]
}

/** The grant, and with it the place in the list, is forgotten when no token of an hour could live. */
function lifetimeProblems(seconds: number): readonly FieldProblem[] {
  return seconds <= longestAccessTokenSeconds
    ? []
    : [{ field: 'lifetime', rule: 'max', detail: `use ${longestAccessTokenSeconds} seconds at most` }]
}
