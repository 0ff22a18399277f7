/** What mends a failure of the client, as a command: `login` and `call` tell people what to type next. */

import { ClientError } from '@countersign/client'
import { CommandError } from './failure.ts'
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
  if (code === 'not_signed_in') {
    const where = attempt.resource ?? attempt.url ?? attempt.issuer
    const other = attempt.resource === undefined ? ', or name the --resource of a session that there is' : ''
    return new CommandError(`nobody is signed in for ${where}: run ${loginCommand(attempt)}${other}`, { cause, code })
  }
  if (code === 'session_ended')
    return new CommandError(`${error.message} with ${loginCommand(attempt)}`, { cause, code })
  return error
}

/** Without an API, the sign-in is at the server itself. */
function loginCommand({ issuer, clientId, resource, url = issuer }: Attempt): string {
  const isAtServer = URL.canParse(url) && new URL(url).origin === new URL(issuer).origin
  const api = resource ?? (isAtServer ? undefined : 'URI')
  return `\`countersign login --issuer ${issuer} --client ${clientId}${api === undefined ? '' : ` --resource ${api}`}\``
}
