/**
 * The product as it is delivered: `countersign serve --dev` in a process of its own on a temporary store, to which an
 * operator has added people and an app of the bank's.
 *
 * Who starts the process is left to the caller: the command is no part of the lab.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { AppConfiguration } from './bank.ts'

/** Starts `countersign …` as a process of its own, and answers once it listens. */
export type StartCommand = (args: readonly string[]) => Promise<RunningCommand>

export interface RunningCommand {
  readonly url: string
  /** Tells it to stop and waits until it did. */
  stop(): Promise<void>
}

export interface ProductServer {
  readonly app: AppConfiguration
  close(): Promise<void>
}

export interface ProductServerOptions {
  /** How many people there are besides alice and bob: `known-1` and so on. Default 0. */
  readonly people?: number
  /** Settings of the server, by name. */
  readonly settings?: Readonly<Record<string, string>>
}

const audience = 'https://bank.example'

/** Everybody's: what an attacker may know of it is that it is a phrase from a comic strip. */
const password = 'correct-horse-battery-staple'

export async function startProductServer(
  startCommand: StartCommand,
  { people = 0, settings = {} }: ProductServerOptions = {},
): Promise<ProductServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-lab-'))
  const store = ['--data', dataFolder, '--log-level', 'silent']
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  let server: RunningCommand | undefined
  const close = async (): Promise<void> => {
    await server?.stop()
    await rm(dataFolder, { recursive: true, force: true })
  }
  try {
    server = await startCommand(['serve', '--dev', '--port', '0', ...store, ...flags])
    const issuer = server.url
    const usernames = ['alice', 'bob', ...Array.from({ length: people }, (_, index) => `known-${index + 1}`)]
    return { app: { issuer, audience, clientId: await addBank(dataFolder, issuer, usernames) }, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** As an operator does, beside the running server. Answers the client ID of the bank's app. */
async function addBank(dataFolder: string, issuer: string, usernames: readonly string[]): Promise<string> {
  // Loaded here: who runs one of the five systems does not wait for it.
  const { createAdministration, createPasswordHasher, openStore, systemClock } = await import('@countersign/server')
  const store = await openStore({ dataFolder })
  try {
    const hasher = createPasswordHasher()
    const administration = createAdministration({ store, issuer, clock: systemClock, hasher, actor: 'operator' })
    await administration.createApi({ audience, scopes: ['read', 'pay'] })
    const { client } = await administration.createClient({
      ...{ name: "the bank's app", public: true, firstParty: true },
      ...{ audiences: [audience], scopes: ['openid', 'read', 'pay', 'offline_access'] },
    })
    await Promise.all(usernames.map((username) => administration.createUser({ username, password })))
    return client.id
  } finally {
    await store.close()
  }
}
