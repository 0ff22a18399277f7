/**
 * One OAuth endpoint on everything real beneath it: HTTP ground, store in memory, key rings, client authentication.
 *
 * Clients, users, APIs and grants are put straight into the store: making them is other slices' work.
 */

import { hash, randomBytes, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { dpopNonces } from '@countersign/guard'
import type { DpopNonces, ReplayStore } from '@countersign/guard'
import { generateKey, hashToken, makeOpaqueToken, signJwt } from '@countersign/tokens'
import type { JwtClaims } from '@countersign/tokens'
import type { FastifyInstance } from 'fastify'
import { makeEvent } from '../audit/audit.ts'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { parseSettings } from '../config/index.ts'
import type { Settings } from '../config/index.ts'
import { createDpopVerification } from '../dpop/index.ts'
import type { VerifyDpop } from '../dpop/index.ts'
import { clientCertificateReader, createHttp } from '../http/index.ts'
import type { ReadClientCertificate } from '../http/index.ts'
import { apiSecrets } from '../keys/api-secrets.ts'
import type { ApiSecrets } from '../keys/api-secrets.ts'
import { openKeyRings } from '../keys/key-ring.ts'
import type { KeyRings } from '../keys/key-ring.ts'
import { grantPlacement } from '../store/grant-placement.ts'
import type { PlaceGrant } from '../store/grant-placement.ts'
import { openStore } from '../store/open-store.ts'
import type { Api, AuditEvent, Client, Grant, RefreshToken, Store, User } from '../store/records.ts'
import { sharedReplayStore } from '../store/shared-replay-store.ts'
import { createClientAuthentication } from './authenticate-client.ts'
import type { AuthenticateClient } from './authenticate-client.ts'
import { makeClient } from './client.fixture.ts'

export const issuer = 'https://id.example'

/** What a slice may be handed. */
export interface Ground {
  readonly issuer: string
  readonly settings: Settings
  readonly store: Store
  readonly keys: KeyRings
  readonly apiSecrets: ApiSecrets
  readonly placeGrant: PlaceGrant
  readonly clock: Clock
  readonly replay: ReplayStore
  readonly refusals: { count(reason: string): void }
  readonly authenticateClient: AuthenticateClient
  readonly nonceSecret: string
  readonly nonces: DpopNonces
  readonly verifyDpop: VerifyDpop
  readonly readCertificate: ReadClientCertificate
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  /** Whatever the JSON says; the text itself if it is none. */
  readonly body: ReturnType<typeof JSON.parse>
}

export interface OAuthEndpoint extends Ground {
  /** What was counted so far. */
  readonly counted: readonly string[]
  /** Lets time pass. */
  pass(seconds: number): void
  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  addClient(facts?: Partial<Client>): Promise<Client>
  /** A client with a secret, and the secret. */
  addConfidentialClient(facts?: Partial<Client>): Promise<{ readonly client: Client; readonly secret: string }>
  addUser(facts?: Partial<User>): Promise<User>
  addApi(facts?: Partial<Api>): Promise<Api>
  /** A grant of a new user, with its code. */
  issueCode(facts: Partial<Grant> & { readonly nonce?: string; readonly dpopJkt?: string }): Promise<IssuedCode>
  /** An access token of a grant, signed with the server's key. */
  signAccessToken(grant: Grant, claims?: JwtClaims, options?: { readonly typ?: string }): Promise<string>
  issueRefreshToken(grant: Grant): Promise<string>
  /** The audit trail of a grant, oldest first. */
  trail(grantId: string): Promise<readonly string[]>
  /** Opens a socket on 127.0.0.1 and answers its port. */
  listen(): Promise<number>
  close(): Promise<void>
}

export interface IssuedCode {
  readonly code: string
  readonly verifier: string
  readonly grant: Grant & { readonly userId: string }
}

export async function startOAuthEndpoint(
  addRoutes: (app: FastifyInstance, ground: Ground) => unknown,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<OAuthEndpoint> {
  let passed = 0
  const clock = (): number => systemClock() + passed
  const settings = parseSettings({ flags: { dev: true, logLevel: 'silent', issuer, ...flags } })
  const store = await openStore({ memory: true })
  // The rings stay in the present: a clock that leaps is, to them, a store that has not answered for as long.
  const masterKey = await generateKey('dir', { enc: 'A256GCM' })
  const keys = await openKeyRings({ store, masterKey, clock: systemClock })
  const counted: string[] = []
  const refusals = { count: (reason: string) => void counted.push(reason) }
  const replay = sharedReplayStore(store.spentIds, clock)
  const readCertificate = clientCertificateReader(settings, clock)
  const authenticateClient = createClientAuthentication({
    ...{ issuer, clients: store.clients, replay, clock, refusals, readCertificate },
  })
  const nonceSecret = randomBytes(32)
  const nonces = dpopNonces(nonceSecret, clock)
  const ground = {
    ...{ issuer, settings, store, keys, clock, replay, refusals, authenticateClient, readCertificate, nonces },
    placeGrant: grantPlacement(),
    apiSecrets: apiSecrets({ apis: store.apis, masterKey, clock }),
    nonceSecret: nonceSecret.toString('base64url'),
    verifyDpop: createDpopVerification({ issuer, nonces, replay, clock, refusals }),
  }
  const app = createHttp(settings, {
    isRegisteredOrigin: async (origin) => origin === 'https://app.example',
    checkReady: async () => undefined,
  })
  await addRoutes(app, ground)
  await app.ready()

  const arranged = (): AuditEvent => makeEvent(clock, { type: 'test.arranged', actor: 'system' })
  const send = async (method: 'GET' | 'POST', url: string, headers: object, payload?: string): Promise<Answer> => {
    const sent = await app.inject({ method, url, headers: { ...headers }, ...(payload !== undefined && { payload }) })
    const body = String(sent.headers['content-type']).includes('json') ? sent.json() : sent.body
    return { status: sent.statusCode, headers: sent.headers, body }
  }
  const endpoint: OAuthEndpoint = {
    ...ground,
    counted,
    pass: (seconds) => void (passed += seconds),
    post: (path, form, headers = {}) => {
      const type = 'application/x-www-form-urlencoded'
      return send('POST', path, { 'content-type': type, ...headers }, new URLSearchParams(form).toString())
    },
    get: (path, headers = {}) => send('GET', path, headers),
    async addClient(facts = {}) {
      const client = makeClient({ id: `client-${randomUUID()}`, ...facts })
      await store.clients.insert(client, arranged())
      return client
    },
    async addConfidentialClient(facts = {}) {
      const secret = makeOpaqueToken('cs')
      const authentication = 'client_secret' as const
      return { client: await endpoint.addClient({ authentication, secretHash: hashToken(secret), ...facts }), secret }
    },
    async addUser(facts = {}) {
      const id = randomUUID()
      const email = `${id}@example.org`
      const user = {
        id,
        username: `u-${id}`,
        email,
        passwordHash: 'none',
        roles: [],
        createdAt: clock(),
        disabledAt: null,
        ...facts,
      }
      await store.users.insert(user, arranged())
      return user
    },
    async addApi(facts = {}) {
      const audience = `https://${randomUUID()}.example`
      const api = { audience, name: 'Orders', scopes: ['orders:read', 'orders:write'], alg: 'ES256', ...facts } as const
      const whole = { singleUseScopes: [], sessionKeys: false, createdAt: clock(), ...api }
      await store.apis.insert(whole, arranged())
      return whole
    },
    async issueCode({ nonce, dpopJkt, ...facts }) {
      const userId = facts.userId ?? (await endpoint.addUser()).id
      const times = { authTime: clock(), statusIndex: null, createdAt: clock(), revokedAt: null }
      const plain = { clientId: 'shop', scope: 'openid', resource: null, amr: ['pwd'], acr: 'urn:example:acr' }
      const grant = { id: randomUUID(), ...plain, ...times, ...facts, userId }
      const verifier = randomBytes(32).toString('base64url')
      const code = makeOpaqueToken('ac')
      const record = {
        hash: hashToken(code),
        grantId: grant.id,
        clientId: grant.clientId,
        codeChallenge: hash('sha256', verifier, 'base64url'),
        nonce: nonce ?? null,
        dpopJkt: dpopJkt ?? null,
        expiresAt: clock() + settings.codeLifetimeSeconds,
      }
      const outcome = await store.grants.issueCode(grant, record, arranged())
      if (outcome === 'refused') throw new Error('there is no such client, or API')
      return { code, verifier, grant }
    },
    async signAccessToken(grant, claims = {}, { typ = 'at+jwt' } = {}) {
      const now = clock()
      const whole = {
        ...{
          iss: issuer,
          sub: grant.userId ?? grant.clientId,
          aud: grant.resource ?? issuer,
          client_id: grant.clientId,
        },
        ...{ iat: now, nbf: now, exp: now + 300, jti: randomUUID(), sid: grant.id, scope: grant.scope },
        ...claims,
      }
      return signJwt(whole, await keys.signingKey('ES256'), { typ })
    },
    async issueRefreshToken(grant) {
      const text = makeOpaqueToken('rt')
      const ends = { expiresAt: clock() + 3600, familyExpiresAt: clock() + 7200 }
      const owner = { grantId: grant.id, clientId: grant.clientId, jkt: null }
      const record: RefreshToken = { hash: hashToken(text), ...owner, ...ends }
      await store.grants.issueTokens(grant.id, record, arranged())
      return text
    },
    async trail(grantId) {
      const events = await store.audit.list({ limit: 1000, newest: true })
      return events.filter((event) => event.grantId === grantId).map(({ type }) => type)
    },
    async listen() {
      await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve))
      return (app.server.address() as AddressInfo).port
    },
    async close() {
      await app.close()
      keys.close()
      await store.close()
    },
  }
  return endpoint
}

/** The value of `Authorization` for HTTP Basic. */
export function basic(clientId: string, secret: string): { readonly authorization: string } {
  const both = [clientId, secret].map(encodeURIComponent).join(':')
  return { authorization: `Basic ${Buffer.from(both).toString('base64')}` }
}
