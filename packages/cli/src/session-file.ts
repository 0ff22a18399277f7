/** The file that `login`, `call` and `logout` share, and the clients whose sessions are in it. */

import { createClient, defaultSessionFile, fileStorage } from '@countersign/client/node'
import type { Client } from '@countersign/client'
import type { Command } from 'commander'
import { CommandError } from './failure.ts'
import { fetchFrom } from './issuer-fetch.ts'
import { nextCommand } from './next-command.ts'

/** The client that every server knows, for this command. It may sign in at the server itself only. */
export const ownClient = 'countersign-cli'

export interface SessionFileOption {
  readonly session: string
}

/** Whose session: a file may hold those of several servers. */
export interface ClientName {
  readonly issuer: string
  readonly clientId: string
}

export function addSessionOption(command: Command): Command {
  return command.option('--session <file>', 'where the session is kept, mode 0600', defaultSessionFile())
}

/** The option as words for another command: none where it is the default. */
export function sessionWords({ session }: SessionFileOption): readonly string[] {
  return session === defaultSessionFile() ? [] : ['--session', session]
}

export function openClient({ issuer, clientId }: ClientName, { session }: SessionFileOption): Client {
  return createClient({ issuer, clientId, storage: fileStorage(session), fetch: fetchFrom(issuer) })
}

/** Who has signed in at which server by which client, each once. */
export async function listClients({ session }: SessionFileOption): Promise<readonly ClientName[]> {
  const names = new Map<string, ClientName>()
  for (const { issuer, clientId } of await fileStorage(session).list()) {
    names.set(`${issuer} ${clientId}`, { issuer, clientId })
  }
  return [...names.values()]
}

/** @throws {CommandError} if nobody is signed in, or it is not clear which one is meant. */
export async function findSignedIn(wanted: Partial<ClientName>, file: SessionFileOption): Promise<ClientName> {
  const fitting = (await listClients(file)).filter(
    ({ issuer, clientId }) => issuer === (wanted.issuer ?? issuer) && clientId === (wanted.clientId ?? clientId),
  )
  const [only, ...others] = fitting
  if (only === undefined) {
    const issuer = wanted.issuer === undefined ? [] : ['--issuer', wanted.issuer]
    const client = wanted.clientId === undefined ? [] : ['--client', wanted.clientId]
    throw new CommandError(`nobody is signed in: run \`${nextCommand('login', ...issuer, ...client)}\` first`)
  }
  if (others.length > 0) {
    const list = fitting.map(({ issuer, clientId }) => `--issuer ${issuer} --client ${clientId}`).join(', or ')
    throw new CommandError(`there are several sessions: add ${list}`)
  }
  return only
}
