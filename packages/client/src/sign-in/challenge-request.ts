/** One request to the authorization challenge endpoint, and what its answer means. */

import { ClientError } from '../client-error.ts'
import { postForm, refused } from '../server-answer.ts'
import type { Form, ServerAnswer } from '../server-answer.ts'
import type { Wire } from '../wire.ts'

/** What the person gave, by the names that the server's methods have for it: `username`, `password`. */
export type SignInFields = Readonly<Record<string, string>>

export type CodeOutcome =
  { readonly status: 'code'; readonly code: string } | { readonly status: 'more'; readonly methods: readonly string[] }

/**
 * Checks that no page but the issuer's asks people for what they sign in with: they cannot tell a page that may from one
 * that must not.
 *
 * @throws {ClientError} `origin_refused`
 */
export function checkOwnOrigin(issuer: string): void {
  const { location } = globalThis as { readonly location?: Location }
  const { origin } = new URL(issuer)
  if (location === undefined || location.origin === origin) return
  throw new ClientError('origin_refused', `a browser signs in on the pages of ${origin} only: send people there`)
}

/**
 * Asks for a code. `keep` gets the handle that the next request of this sign-in needs; refusals bring one too.
 *
 * @throws {ClientError} see `SignInChallenge.respond`
 */
export async function askForCode(form: Form, wire: Wire, keep: (authSession: string) => void): Promise<CodeOutcome> {
  const { authorizeChallenge } = wire.endpoints
  const answer = await postForm(wire, authorizeChallenge, { ...form, client_id: wire.clientId })
  const { auth_session: authSession, authorization_code: code, methods } = answer.body
  if (typeof authSession === 'string') keep(authSession)
  if (answer.error === 'insufficient_authorization') {
    return { status: 'more', methods: Array.isArray(methods) ? methods.map(String) : [] }
  }
  if (answer.error !== undefined) throw signInRefusal(answer)
  if (typeof code !== 'string') throw new ClientError('answer_malformed', 'the sign-in was answered without a code')
  return { status: 'code', code }
}

function signInRefusal(answer: ServerAnswer): ClientError {
  const { error: serverCode, retryAfterSeconds } = answer
  switch (serverCode) {
    case 'invalid_credentials':
      return new ClientError('credentials_refused', 'the username or the password is wrong: ask for them again', {
        serverCode,
      })
    case 'slow_down': {
      const wait = retryAfterSeconds === undefined ? 'later' : `in ${retryAfterSeconds} seconds`
      return new ClientError('too_many_attempts', `too many attempts: try again ${wait}`, {
        serverCode,
        retryAfterSeconds,
      })
    }
    case 'invalid_session':
      return new ClientError('sign_in_expired', 'this sign-in took too long or failed too often: start anew', {
        serverCode,
      })
    default:
      return refused('sign_in_refused', answer)
  }
}
