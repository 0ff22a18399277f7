/** What mends a failure of the client, as a command: `login` and `call` tell people what to type next. */

import { ClientError } from '@countersign/client'
import { CommandError } from './failure.ts'
import { nextCommand } from './next-command.ts'
import { ownClient } from './session-file.ts'
import type { ClientName } from './session-file.ts'

/** What was tried, by whom. */
export interface Attempt extends ClientName {
  /** The API that was asked for by name. */
  readonly resource?: string
  /** What was called. */
  readonly url?: string
}

/** Answers the failure as people are told it. What no command mends stays as it is. */
export function toldWithMend(error: unknown, attempt: Attempt): unknown {
  if (!(error instanceof ClientError)) return error
  const { code, cause } = error
  // What `fetchFrom` of `issuer-fetch.ts` said.
  if (cause instanceof CommandError) return cause
  if (code === 'credentials_refused') {
    return new CommandError('the user name or the password is wrong: try again', { cause: error, code })
  }
  if (error.serverCode === 'invalid_target') return new CommandError(wrongTarget(attempt), { cause: error, code })
  if (code === 'not_signed_in') {
    const where = attempt.resource ?? attempt.url ?? attempt.issuer
    const other = attempt.resource === undefined ? ', or name the --resource of a session that there is' : ''
    return new CommandError(`nobody is signed in for ${where}: run ${loginCommand(attempt)}${other}`, { cause, code })
  }
  if (code === 'session_ended')
    return new CommandError(`${error.message} with ${loginCommand(attempt)}`, { cause, code })
  return error
}

function wrongTarget({ clientId, resource = 'that API' }: Attempt): string {
  return clientId === ownClient
    ? `${ownClient} signs in at the server itself only: for an API, name a client of yours with --client`
    : `${clientId} may not ask for ${resource}, or there is no such API: see \`${nextCommand('clients', 'list')}\``
}

/** Without an API, the sign-in is at the server itself. */
function loginCommand({ issuer, clientId, resource, url = issuer }: Attempt): string {
  const isAtServer = URL.canParse(url) && new URL(url).origin === new URL(issuer).origin
  const api = resource ?? (isAtServer ? undefined : 'URI')
  if (api === undefined) return `\`${nextCommand('login', '--issuer', issuer, '--client', clientId)}\``
  const client = clientId === ownClient ? 'ID' : clientId
  return `\`${nextCommand('login', '--issuer', issuer, '--client', client, '--resource', api)}\``
}
