/**
 * `POST /oauth/authorize-challenge`: a first-party client hands in what a person typed, and gets an authorization code.
 *
 * Redeeming the code is the token endpoint's; whether the password is right says the verifier that is handed in.
 */

import { randomUUID } from 'node:crypto'
import { OAuthError } from '@countersign/protocol'
import type { OAuthErrorCode } from '@countersign/protocol'
import { hashToken, makeOpaqueToken } from '@countersign/tokens'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { makeEvent } from '../../audit/audit.ts'
import type { RefusalCounter } from '../../audit/audit.ts'
import type { AuthenticateClient } from '../../client-authentication/index.ts'
import type { Clock } from '../../clock.ts'
import type { Settings } from '../../config/index.ts'
import type {
  ApiStore,
  AuditStore,
  AuthSessionStore,
  Client,
  ClientStore,
  Grant,
  GrantStore,
  User,
} from '../../store/records.ts'
import type { VerifyPassword } from '../../users/index.ts'
import { openAuthSession, takeAuthSession } from './auth-sessions.ts'
import { checkFirstParty, checkOrigin } from './challenge-client.ts'
import { parseRequestedGrant } from './challenge-request.ts'
import type { ChallengeForm, RequestedGrant } from './challenge-request.ts'

export interface AuthorizeChallengeDeps {
  readonly issuer: string
  readonly clock: Clock
  readonly lifetimes: Pick<Settings, 'codeLifetimeSeconds' | 'authSessionLifetimeSeconds'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly apis: Pick<ApiStore, 'find'>
  readonly authSessions: AuthSessionStore
  readonly grants: Pick<GrantStore, 'issueCode'>
  readonly audit: Pick<AuditStore, 'append'>
  readonly refusals: Pick<RefusalCounter, 'count'>
  readonly authenticateClient: AuthenticateClient
  readonly verifyPassword: VerifyPassword
}

/** The same for every name: it must not tell who exists and what they have set up. */
const methods: readonly string[] = ['password']

/** The authentication context class of a sign-in by password alone. */
const passwordAcr = 'urn:countersign:acr:password'

/** One text for a wrong name and a wrong password. */
const wrongCredentials = 'the username or the password is wrong'

export const authorizeChallenge: FastifyPluginAsync<AuthorizeChallengeDeps> = async (app, deps) => {
  app.post('/oauth/authorize-challenge', async (request) => {
    const form = (request.body ?? {}) as ChallengeForm
    const client = await findClient(request, form, deps)
    const requested = await parseRequestedGrant(form, client, deps)
    const attempt = await takeAttempt(form['auth_session'], requested, deps)

    const { username, password } = form
    if (username === undefined || password === undefined) {
      throw await refuse('insufficient_authorization', 'more is needed to sign in', attempt, deps, { methods })
    }
    const verdict = await deps.verifyPassword(username, password, request.ip)
    switch (verdict.status) {
      case 'verified': {
        const code = await issueCode(verdict.user, requested, request.ip, deps)
        if (code !== undefined) return { authorization_code: code }
        // Disabled since the password was verified.
        throw await refuse('invalid_credentials', wrongCredentials, failed(attempt), deps)
      }
      case 'refused': {
        const refusal = await refuse('invalid_credentials', wrongCredentials, failed(attempt), deps)
        // After the answer, so that its time does not tell whether the name exists.
        setImmediate(() => recordFailure(verdict.userId, client.id, request, deps))
        throw refusal
      }
      case 'throttled':
        deps.refusals.count('sign_in.throttled')
        throw await postpone('slow_down', 'too many attempts', attempt, deps, verdict.retryAfterSeconds)
      case 'busy':
        deps.refusals.count('sign_in.busy')
        throw await postpone(
          'temporarily_unavailable',
          'too many sign in now',
          attempt,
          deps,
          verdict.retryAfterSeconds,
        )
    }
  })
}

async function findClient(request: FastifyRequest, form: ChallengeForm, deps: AuthorizeChallengeDeps): Promise<Client> {
  const { origin } = request.headers
  const clientId = form['client_id']
  const named = origin === undefined || clientId === undefined ? undefined : await deps.clients.find(clientId)
  checkOrigin(origin, deps.issuer, named)
  const client = await deps.authenticateClient(request)
  checkFirstParty(client)
  return client
}

/** One request of a sign-in: what it is for, and how often that sign-in has failed. */
interface Attempt {
  readonly requested: RequestedGrant
  readonly failures: number
  /** Whether the client holds a session that it will go on with. */
  readonly hasSession: boolean
}

async function takeAttempt(
  handle: string | undefined,
  requested: RequestedGrant,
  { authSessions, clock }: AuthorizeChallengeDeps,
): Promise<Attempt> {
  if (handle === undefined) return { requested, failures: 0, hasSession: false }
  return { requested, failures: await takeAuthSession(handle, requested, authSessions, clock()), hasSession: true }
}

function failed(attempt: Attempt): Attempt {
  return { ...attempt, failures: attempt.failures + 1 }
}

/** A refusal that the client may follow up, with a new handle in place of the one that is spent. */
async function refuse(
  code: OAuthErrorCode,
  description: string,
  { requested, failures }: Attempt,
  { authSessions, clock, lifetimes }: AuthorizeChallengeDeps,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<OAuthError> {
  const expiresAt = clock() + lifetimes.authSessionLifetimeSeconds
  const handle = await openAuthSession(requested, failures, authSessions, expiresAt)
  return new OAuthError(code, description, { fields: { ...fields, auth_session: handle } })
}

/** A refusal for now. It opens no session where there was none: turning a flood away costs no write. */
async function postpone(
  code: OAuthErrorCode,
  description: string,
  attempt: Attempt,
  deps: AuthorizeChallengeDeps,
  retryAfterSeconds: number,
): Promise<OAuthError> {
  const { fields } = attempt.hasSession ? await refuse(code, description, attempt, deps) : { fields: {} }
  return new OAuthError(code, description, { fields, headers: { 'retry-after': String(retryAfterSeconds) } })
}

/** Answers a code for a new grant; `undefined` if the user or the client is gone or disabled by now. */
async function issueCode(
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

/** A failure at an account is an event; one at a name that nobody has is only counted, so that guessing fills no disk. */
function recordFailure(
  userId: string | null,
  clientId: string,
  request: FastifyRequest,
  { audit, clock, refusals }: AuthorizeChallengeDeps,
): void {
  if (userId === null) return refusals.count('sign_in.refused')
  const facts = { type: 'sign_in.failed', actor: `client:${clientId}`, userId, clientId, address: request.ip }
  audit.append(makeEvent(clock, facts)).catch((error: unknown) => {
    request.log.error({ err: error }, 'a failed sign-in was not recorded')
  })
}
