/**
 * The composition root: opens what the server stands on, hands it to the slices, listens.
 *
 * The only file that knows every slice. It holds no rules.
 */

import type { AddressInfo } from 'node:net'
import { dpopNonces } from '@countersign/guard'
import type { Key } from '@countersign/tokens'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { account } from './account/index.ts'
import { AdminError, createAdministration } from './admin/index.ts'
import { createRefusalCounter } from './audit/refusals.ts'
import type { RefusalCounter } from './audit/refusals.ts'
import { deleteOldAudit } from './audit/retention.ts'
import { createClientAuthentication } from './client-authentication/index.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { localIssuer, SettingsError } from './config/index.ts'
import type { Settings } from './config/index.ts'
import { createDpopVerification } from './dpop/index.ts'
import { guardEvents } from './events/index.ts'
import { clientCertificateReader, createHttp, createLogger, registeredOrigins } from './http/index.ts'
import { apiSecrets } from './keys/api-secrets.ts'
import { deriveSecret } from './keys/derive-secret.ts'
import { openKeyRings } from './keys/key-ring.ts'
import type { KeyRings } from './keys/key-ring.ts'
import { readMasterKey } from './keys/master-key.ts'
import { authorizeChallenge } from './oauth/authorize-challenge/index.ts'
import { discoveryDocuments } from './oauth/discovery/index.ts'
import { introspectionEndpoint } from './oauth/introspect/index.ts'
import { revocationEndpoint } from './oauth/revoke/index.ts'
import { statusLists } from './oauth/status/index.ts'
import { tokenEndpoint } from './oauth/token/index.ts'
import { userinfoEndpoint } from './oauth/userinfo/index.ts'
import { createPasswordVerifier } from './sign-in/password/index.ts'
import { grantPlacement } from './store/grant-placement.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/records.ts'
import { sharedReplayStore } from './store/shared-replay-store.ts'
import { createPasswordHasher } from './users/index.ts'

export interface ServerOptions {
  readonly settings: Settings
  readonly clock?: Clock
  /** Default: JSON lines on standard error. */
  readonly logger?: FastifyBaseLogger
  /** How often what has expired is deleted. Default 60,000. */
  readonly sweepEveryMs?: number
}

export interface Server {
  /** Where it listens. */
  readonly url: string
  readonly issuer: string
  readonly store: Store
  readonly keys: KeyRings
  /** Stops listening, lets requests in flight finish (at most 10 s), closes everything. */
  close(): Promise<void>
}

/** @throws {SettingsError | StoreError} if the server cannot start; then nothing stays open. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { settings, clock = systemClock, logger = createLogger(options.settings) } = options
  const closers: (() => void | Promise<void>)[] = []
  let closed: Promise<void> | undefined
  const closeAll = async () => {
    for (const close of closers.toReversed()) await close()
  }
  try {
    const store = await openStore({ dataFolder: settings.dataFolder })
    closers.push(() => store.close())
    const masterKey = readMasterKey(settings)
    const keys = await openKeyRings({
      ...{ store, masterKey, clock },
      onError: (error) => logger.error({ err: error }, 'the key ring could not be read or rotated'),
    })
    closers.push(() => keys.close())
    const refusals = createRefusalCounter({
      audit: store.audit,
      clock,
      onError: (error) => logger.error({ err: error }, 'refusals could not be counted'),
    })
    closers.push(() => refusals.close())
    const app = createHttp(settings, {
      isRegisteredOrigin: registeredOrigins(store.clients, clock),
      checkReady: () => checkReady(store, keys),
      logger,
    })
    closers.push(() => app.close())

    // With --dev and port 0 the address is the issuer, and everything below needs the issuer: so bind first.
    if (settings.issuer === undefined) await listen(app, settings)
    const issuer = settings.issuer ?? urlOf(app, settings)
    await addSlices(app, { settings, issuer, store, masterKey, keys, refusals, clock })
    await app.ready()
    if (settings.issuer !== undefined) await listen(app, settings)
    closers.push(sweepExpired(store, { ...options, clock, logger }))
    return { url: urlOf(app, settings), issuer, store, keys, close: () => (closed ??= closeAll()) }
  } catch (error) {
    await closeAll()
    throw error
  }
}

interface Foundation {
  readonly settings: Settings
  readonly issuer: string
  readonly store: Store
  readonly masterKey: Key
  readonly keys: KeyRings
  readonly refusals: RefusalCounter
  readonly clock: Clock
}

async function addSlices(app: FastifyInstance, foundation: Foundation): Promise<void> {
  const { settings, issuer, store, masterKey, keys, refusals, clock } = foundation
  const { users, roles, clients, apis, authSessions, grants } = store
  const placeGrant = grantPlacement()
  const replay = sharedReplayStore(store.spentIds, clock)
  const nonceSecret = deriveSecret(masterKey, 'dpop-nonce')
  const nonces = dpopNonces(nonceSecret, clock)
  const hasher = createPasswordHasher({
    concurrency: settings.passwordHashesInFlight,
    maxWaiting: settings.passwordQueueLength,
  })
  await addBuiltInClient(createAdministration({ store, clock, hasher, issuer, actor: 'system' }))

  const readCertificate = clientCertificateReader(settings, clock)
  const authenticateClient = createClientAuthentication({
    ...{ issuer, clients, replay, clock, refusals, readCertificate },
  })
  const verifyDpop = createDpopVerification({ issuer, nonces, replay, clock, refusals })
  const verifyPassword = createPasswordVerifier({ users, hasher, log: app.log })
  void app.register(discoveryDocuments, { issuer, keys, settings })
  void app.register(authorizeChallenge, {
    ...{ issuer, clock, clients, apis, roles, authSessions, grants, placeGrant, refusals },
    ...{ verifyPassword, authenticateClient, verifyDpop },
    lifetimes: settings,
  })
  void app.register(tokenEndpoint, {
    issuer,
    grants,
    placeGrant,
    apis,
    clients,
    apiSecrets: apiSecrets({ apis, masterKey, clock }),
    users,
    roles,
    keys,
    clock,
    lifetimes: settings,
    authenticateClient,
    verifyDpop,
    refusals,
  })
  void app.register(revocationEndpoint, { issuer, grants, keys, clock, authenticateClient })
  void app.register(introspectionEndpoint, { issuer, grants, clients, keys, clock, authenticateClient })
  void app.register(userinfoEndpoint, {
    ...{ issuer, users, roles, grants, clients, keys, readCertificate, replay, clock },
    nonceSecret: Buffer.from(nonceSecret).toString('base64url'),
  })
  void app.register(statusLists, { issuer, grants, keys, clock })
  void app.register(guardEvents, {
    ...{ issuer, audit: store.audit, refusals, clients, grants, keys, replay, readCertificate, clock },
  })
  void app.register(account, { registration: settings.registration, users, hasher, clock, refusals })
}

/** The command line's own client: public, without browser origin or administration scope. */
async function addBuiltInClient(administration: ReturnType<typeof createAdministration>): Promise<void> {
  try {
    await administration.createClient({
      id: 'countersign-cli',
      name: 'Countersign command line',
      public: true,
      firstParty: true,
      scopes: ['openid', 'profile', 'email', 'offline_access'],
    })
  } catch (error) {
    if (!(error instanceof AdminError && error.code === 'client_taken')) throw error
  }
}

async function checkReady(store: Store, keys: KeyRings): Promise<void> {
  await store.ping()
  for (const alg of ['ES256', 'RS256']) {
    if (!keys.verificationKeys().some((key) => key.alg === alg)) throw new Error(`there is no ${alg} key yet`)
  }
}

/** From time to time, and one sweep at a time: the first after an update may have years of audit trail to delete. */
function sweepExpired(store: Store, options: ServerOptions & Required<Pick<ServerOptions, 'clock' | 'logger'>>) {
  const { settings, clock, logger, sweepEveryMs = 60_000 } = options
  const stopping = new AbortController()
  let sweeping: Promise<void> | undefined
  const sweep = async (): Promise<void> => {
    try {
      await store.deleteExpired(clock())
      const deleted = await deleteOldAudit(store.audit, settings, clock(), stopping.signal)
      if (deleted.events + deleted.counts > 0) logger.info(deleted, 'old events and counts of refusals were deleted')
    } catch (error) {
      logger.error({ err: error }, 'what has expired could not be deleted')
    }
    sweeping = undefined
  }
  const timer = setInterval(() => (sweeping ??= sweep()), sweepEveryMs)
  timer.unref()
  return async (): Promise<void> => {
    clearInterval(timer)
    stopping.abort()
    await sweeping
  }
}

/** @throws {SettingsError} if the address cannot be listened on. */
async function listen({ server }: FastifyInstance, { host, port }: Settings): Promise<void> {
  const listening = Promise.withResolvers<undefined>()
  server.once('error', listening.reject)
  server.listen({ host, port }, () => listening.resolve(undefined))
  try {
    await listening.promise
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const inUse = { name: '--port', problem: `${port} is in use on ${host}`, mend: 'Give another port, or 0 for any.' }
    const other = {
      name: '--host',
      problem: `${host} and port ${port} cannot be listened on (${code})`,
      mend: 'Give others.',
    }
    throw new SettingsError([code === 'EADDRINUSE' ? inUse : other], { cause })
  } finally {
    server.off('error', listening.reject)
  }
}

function urlOf({ server }: FastifyInstance, settings: Settings): string {
  return localIssuer(settings, (server.address() as AddressInfo).port) ?? ''
}
