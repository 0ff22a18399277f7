/**
 * `POST /oauth/authorize-challenge`: a first-party client hands in what a person typed, and gets an authorization code.
 *
 * Redeeming the code is the token endpoint's; whether the password is right says the verifier that is handed in.
 */

import type { OAuthError } from '@countersign/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { makeEvent } from '../../audit/audit.ts'
import type { AuditEvent, Client } from '../../store/records.ts'
import { addressBlock, createAdmission } from '../../throttle/index.ts'
import { failed, postpone, refuse, takeAttempt } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import type { AuthorizeChallengeDeps } from './authorize-challenge-deps.ts'
import { checkFirstParty, checkOrigin } from './challenge-client.ts'
import { parseRequestedGrant } from './challenge-request.ts'
import type { ChallengeForm } from './challenge-request.ts'
import { issueCode } from './issue-code.ts'

/** The same for every name: it must not tell who exists and what they have set up. */
const methods: readonly string[] = ['password']

/** One text for a wrong name and a wrong password. */
const wrongCredentials = 'the username or the password is wrong'

export const authorizeChallenge: FastifyPluginAsync<AuthorizeChallengeDeps> = async (app, deps) => {
  // Anybody may open sessions, and each is a row in the store until it expires.
  const admitSession = createAdmission({ free: deps.freeSessions ?? 1000, forgetAfterSeconds: 600 })

  app.post('/oauth/authorize-challenge', async (request, reply) => {
    const form = (request.body ?? {}) as ChallengeForm
    const { caller: client, jkt: provenJkt } = await deps.verifyDpop(request, reply, () =>
      findClient(request, form, deps),
    )
    const requested = await parseRequestedGrant(form, client, provenJkt, deps)
    const attempt = await takeAttempt(form['auth_session'], requested, deps)

    const { username, password } = form
    if (username === undefined || password === undefined) {
      const seconds = attempt.hasSession ? 0 : await admitSession(addressBlock(request.ip))
      if (seconds > 0) throw await throttled(attempt, deps, seconds)
      throw await refuse('insufficient_authorization', 'more is needed to sign in', attempt, deps, {
        fields: { methods },
      })
    }
    const verdict = await deps.verifyPassword(username, password, request.ip)
    switch (verdict.status) {
      case 'verified': {
        const code = await issueCode(verdict.user, requested, request.ip, deps)
        if (code !== undefined) return { authorization_code: code }
        // Disabled since the password was verified, or given another.
        throw await refuse('invalid_credentials', wrongCredentials, failed(attempt), deps)
      }
      case 'refused': {
        const event = tellFailure(verdict.userId, client.id, request.ip, deps)
        throw await refuse('invalid_credentials', wrongCredentials, failed(attempt), deps, { event })
      }
      case 'throttled':
        throw await throttled(attempt, deps, verdict.retryAfterSeconds)
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

function throttled(attempt: Attempt, deps: AuthorizeChallengeDeps, seconds: number): Promise<OAuthError> {
  deps.refusals.count('sign_in.throttled')
  return postpone('slow_down', 'too many attempts', attempt, deps, seconds)
}

async function findClient(request: FastifyRequest, form: ChallengeForm, deps: AuthorizeChallengeDeps): Promise<Client> {
  const { origin } = request.headers
  const clientId = form['client_id']
  const named = origin === undefined || clientId === undefined ? undefined : await deps.clients.find(clientId)
  checkOrigin(origin, deps.issuer, named)
  const { client } = await deps.authenticateClient(request)
  checkFirstParty(client)
  return client
}

/**
 * A failure at an account is an event; one at a name that nobody has is only counted, so that guessing fills no disk.
 *
 * The event is stored with the session, which there is for both: a write of its own would show, in the time of the answer
 * or of the next one, that the name exists.
 */
function tellFailure(
  userId: string | null,
  clientId: string,
  address: string,
  { clock, refusals }: AuthorizeChallengeDeps,
): AuditEvent | undefined {
  if (userId !== null) {
    return makeEvent(clock, { type: 'sign_in.failed', actor: `client:${clientId}`, userId, clientId, address })
  }
  refusals.count('sign_in.refused')
  return undefined
}
