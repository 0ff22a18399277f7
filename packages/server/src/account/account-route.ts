/** `POST /api/users`: a person registers. Open only where the operator says so. */

import type { FastifyPluginAsync } from 'fastify'
import type { RefusalCounter } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Settings } from '../config/index.ts'
import { ProblemError } from '../http/problem.ts'
import type { FieldProblem } from '../http/problem.ts'
import type { UserStore } from '../store/records.ts'
import { addressBlock, createAdmission } from '../throttle/index.ts'
import { createUser, HashingBusyError } from '../users/index.ts'
import type { PasswordHasher } from '../users/index.ts'
import { readRegistration } from './registration.ts'

export interface AccountDeps {
  readonly registration: Settings['registration']
  readonly users: Pick<UserStore, 'insert'>
  readonly hasher: PasswordHasher
  readonly clock: Clock
  readonly refusals: Pick<RefusalCounter, 'count'>
  /** Registrations of one address before it has to wait. Default 20. */
  readonly freeRegistrations?: number
}

export const account: FastifyPluginAsync<AccountDeps> = async (app, deps) => {
  // Counted whatever comes of them: that a name is taken tells something.
  const admit = createAdmission({ free: deps.freeRegistrations ?? 20, forgetAfterSeconds: 600 })

  app.post('/api/users', { config: { cors: 'registered' } }, async (request, reply) => {
    if (deps.registration !== 'open') {
      throw new ProblemError(403, 'registration_closed', 'people are registered by the operator here')
    }
    const registration = readRegistration(request.body)
    if ('problems' in registration) throw invalid(registration.problems)

    const seconds = await admit(addressBlock(request.ip))
    if (seconds > 0) {
      deps.refusals.count('registration.throttled')
      throw tryAgain(429, 'too_many_requests', 'too many registrations come from this address', seconds)
    }
    const creation = await createUser(deps, registration.user, { selfFrom: request.ip }).catch((error: unknown) => {
      if (!(error instanceof HashingBusyError)) throw error
      deps.refusals.count('registration.busy')
      throw tryAgain(503, 'temporarily_unavailable', 'too many people register now', error.retryAfterSeconds)
    })
    switch (creation.status) {
      case 'created':
        reply.code(201)
        return { id: creation.user.id, username: creation.user.username }
      case 'invalid':
        throw invalid(creation.problems)
      case 'taken':
        throw new ProblemError(409, 'username_taken', 'another user has this name: choose another one', {
          errors: [{ field: 'username', rule: 'unique', detail: 'is taken' }],
        })
    }
  })
}

function invalid(errors: readonly FieldProblem[]): ProblemError {
  return new ProblemError(400, 'registration_invalid', 'the registration breaks a rule', { errors })
}

function tryAgain(status: number, code: string, detail: string, seconds: number): ProblemError {
  return new ProblemError(status, code, detail, { headers: { 'retry-after': String(seconds) } })
}
