/**
 * The product as it is delivered: `countersign serve --dev` in a process of its own on a temporary store, to which an
 * operator has added people and an app of the bank's.
 *
 * Who starts the process is left to the caller: the command is no part of the lab.
 */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { AppConfiguration } from './bank.ts'

/** Starts `countersign …` as a process of its own, and answers once it listens. The variables count more than its own. */
export type StartCommand = (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<RunningCommand>

export interface RunningCommand {
  readonly url: string
  /** Tells it to stop and waits until it did. */
  stop(): Promise<void>
}

export interface ProductServer {
  readonly app: AppConfiguration
  /** What the bank shares with the server, by version: the option of its guard. */
  readonly sessionSecrets: Readonly<Record<string, string>>
  /** What an operator has of it. */
  readonly store: OperatorsStore
  close(): Promise<void>
}

export interface OperatorsStore {
  readonly dataFolder: string
  /** In hex. */
  readonly masterKey: string
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
  // Of its own, whatever the environment says.
  const masterKey = randomBytes(32).toString('hex')
  const store = { dataFolder, masterKey }
  const quietly = ['--data', dataFolder, '--log-level', 'silent']
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  let server: RunningCommand | undefined
  const close = async (): Promise<void> => {
    await server?.stop()
    await rm(dataFolder, { recursive: true, force: true })
  }
  try {
    const args = ['serve', '--dev', '--port', '0', ...quietly, ...flags]
    server = await startCommand(args, { COUNTERSIGN_MASTER_KEY: masterKey })
    const issuer = server.url
    const usernames = ['alice', 'bob', ...Array.from({ length: people }, (_, index) => `known-${index + 1}`)]
    const { clientId, sessionSecrets } = await addBank(store, issuer, usernames)
    return { app: { issuer, audience, clientId }, sessionSecrets, store, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface AddedBank {
  /** Of the bank's app. */
  readonly clientId: string
  readonly sessionSecrets: Readonly<Record<string, string>>
}

/** As an operator does, beside the running server. */
async function addBank(
  { dataFolder, masterKey }: OperatorsStore,
  issuer: string,
  usernames: readonly string[],
): Promise<AddedBank> {
  // Loaded here: who runs one of the five systems does not wait for it.
  const { createAdministration, createPasswordHasher, openStore, readMasterKey, systemClock } =
    await import('@countersign/server')
  const store = await openStore({ dataFolder })
  try {
    const administration = createAdministration({
      ...{ store, issuer, clock: systemClock, hasher: createPasswordHasher(), actor: 'operator' },
      masterKey: () => readMasterKey({ masterKey, dev: true, dataFolder }),
    })
    await administration.createApi({ audience, scopes: ['read', 'pay'], sessionKeys: true })
    const { client } = await administration.createClient({
      ...{ name: "the bank's app", public: true, firstParty: true },
      ...{ audiences: [audience], scopes: ['openid', 'read', 'pay', 'offline_access'] },
    })
    await Promise.all(usernames.map((username) => administration.createUser({ username, password })))
    const secrets = await administration.listApiSecrets(audience)
    const texts = secrets.map(({ version, secret }) => [version, Buffer.from(secret).toString('base64url')] as const)
    return { clientId: client.id, sessionSecrets: Object.fromEntries(texts) }
  } finally {
    await store.close()
  }
}
