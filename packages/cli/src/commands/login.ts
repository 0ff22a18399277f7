/** `countersign login` and `logout`: a session of one's own, for `countersign call`. */

import type { ClientOptions, SignInStep } from '@countersign/client'
import { Option } from 'commander'
import type { Command } from 'commander'
import { toldWithMend } from '../client-failure.ts'
import { CommandError } from '../failure.ts'
import { nextCommand } from '../next-command.ts'
import { createOutput } from '../output.ts'
import { readPassword, readUsername } from '../password-input.ts'
import { addSessionOption, listClients, openClient, ownClient, sessionWords } from '../session-file.ts'
import type { SessionFileOption } from '../session-file.ts'

export function addLoginCommands(program: Command): void {
  const login = program
    .command('login')
    .description(
      'Signs in at a server. Name and password are asked for; without a terminal the password is read from a pipe.',
    )
    .addOption(new Option('--issuer <url>', 'the server').env('COUNTERSIGN_ISSUER').default('http://127.0.0.1:4000'))
    .option('--client <id>', 'the client to sign in by; it must be public and first-party', ownClient)
    .option('--resource <uri>', 'the API to call; the server itself otherwise')
    .option('--scope <scopes...>', 'what to ask for')
    .option('--username <name>', 'who signs in')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--json', 'print JSON')
  addSessionOption(login).action(signIn)

  const logout = program
    .command('logout')
    .description('Signs out everywhere that the session file speaks of, and deletes the keys in it.')
    .option('--json', 'print JSON')
  addSessionOption(logout).action(signOut)
}

interface LoginOptions extends SessionFileOption {
  readonly issuer: string
  readonly client: string
  readonly resource?: string
  readonly scope?: readonly string[]
  readonly username?: string
  readonly passwordStdin?: true
  readonly json?: true
}

async function signIn(options: LoginOptions): Promise<void> {
  const { issuer, resource, session: file } = options
  const name = { issuer, clientId: options.client }
  const client = openIssuer(name, options)
  const username = options.username ?? (await readUsername())
  const isPiped = options.passwordStdin === true || !process.stdin.isTTY
  const password = await readPassword(isPiped ? 'stdin' : 'prompt')
  // At the server itself the session is there to know who it is.
  const scope = options.scope?.join(' ') ?? (resource === undefined ? 'openid profile' : undefined)
  const step = await client.signIn.password({ username, password, scope, resource }).catch((error: unknown) => {
    throw toldWithMend(error, { ...name, ...(resource !== undefined && { resource }) })
  })
  const { session } = signedIn(step)
  createOutput(options.json === true).answer({ issuer, client: options.client, ...session, file }, [
    `signed in as ${username} at ${issuer}`,
    `  resource  ${session.resource}`,
    `  scope     ${session.scope.length === 0 ? '-' : session.scope.join(' ')}`,
    `  session   ${file}`,
    `  next      ${nextCommand('call', resource ?? `${issuer}/oauth/userinfo`, ...sessionWords(options))}`,
  ])
}

interface LogoutOptions extends SessionFileOption {
  readonly json?: true
}

async function signOut(options: LogoutOptions): Promise<void> {
  const ended = []
  for (const name of await listClients(options)) {
    ended.push({ ...name, outcome: await openClient(name, options).signOut() })
  }
  const lines = ended.map(({ issuer, outcome }) =>
    outcome === 'ended'
      ? `signed out at ${issuer}`
      : `signed out here; ${issuer} could not be told, and lists the session until it expires`,
  )
  createOutput(options.json === true).answer(ended, lines.length === 0 ? ['nobody was signed in'] : lines)
}

function openIssuer(name: Pick<ClientOptions, 'issuer' | 'clientId'>, file: SessionFileOption) {
  try {
    return openClient(name, file)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(`--issuer cannot be "${name.issuer}": it takes an https URL, or http on this machine`, {
      cause,
    })
  }
}

function signedIn(step: SignInStep): Extract<SignInStep, { readonly status: 'signed-in' }> {
  if (step.status === 'signed-in') return step
  const methods = step.challenge.methods.join(', ')
  throw new CommandError(`the server wants more than a password (${methods}), which this command cannot give`)
}
