/**
 * The product as it is delivered, with people, an app and a bank: the server of `@countersign/server` on a temporary
 * store, and a guarded API beside it. Its URL is the bank's, which tells apps where the server is.
 *
 * For development in one thing: it speaks plain HTTP, so that the attacker can listen.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGuard, memoryReplayStore } from '@countersign/guard'
import type { Guard, GuardOptions } from '@countersign/guard'
import type { Administration } from '@countersign/server'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { startBank } from './bank.ts'

const audience = 'https://bank.example'
const clockSkewSeconds = 5

/** Everybody's: what an attacker may know of it is that it is a phrase from a comic strip. */
const password = 'correct-horse-battery-staple'

/** Tests hand in a guard that has a hole. */
export type MakeGuard = (options: GuardOptions) => Guard

export async function startProduct(options: ServerOptions, makeGuard: MakeGuard = createGuard): Promise<RunningServer> {
  const { now = () => Date.now() / 1000, extra = {} } = options
  // A newborn replay store refuses all that was issued before: let the bank have been there for a while.
  let agoSeconds = clockSkewSeconds + 2
  const clock = (): number => now() - agoSeconds
  const replay = memoryReplayStore({ clock })
  agoSeconds = 0
  const wholeSeconds = (): number => Math.floor(clock())
  // Loaded here: who runs one of the five systems does not wait for it.
  const { createAdministration, createPasswordHasher, createServer, parseSettings } =
    await import('@countersign/server')

  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-lab-'))
  const proxies = extra['trusted-proxies'] === undefined ? {} : { trustedProxies: extra['trusted-proxies'] }
  const server = await createServer({
    settings: parseSettings({
      flags: { dev: true, port: '0', data: dataFolder, registration: 'closed', logLevel: 'silent', ...proxies },
    }),
    clock: wholeSeconds,
  })
  const { store, issuer } = server
  const administration = createAdministration({
    ...{ store, issuer, clock: wholeSeconds, hasher: createPasswordHasher(), actor: 'operator' },
  })
  const clientId = await addBank(administration)
  await Promise.all(
    ['alice', 'bob', ...morePeople(extra)].map((username) => administration.createUser({ username, password })),
  )

  const guard = makeGuard({ issuer, audience, replay, clock, clockSkewSeconds })
  const bank = await startBank(guard, { issuer, audience, clientId })
  return {
    url: bank.url,
    close: async () => {
      await bank.close()
      await server.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

/** Answers the client ID of the bank's app. */
async function addBank(administration: Administration): Promise<string> {
  await administration.createApi({ audience, scopes: ['read', 'pay'] })
  const { client } = await administration.createClient({
    ...{ name: "the bank's app", public: true, firstParty: true },
    ...{ audiences: [audience], scopes: ['openid', 'read', 'pay', 'offline_access'] },
  })
  return client.id
}

function morePeople({ people = '0' }: Readonly<Record<string, string>>): string[] {
  return Array.from({ length: Number(people) }, (_, index) => `known-${index + 1}`)
}
