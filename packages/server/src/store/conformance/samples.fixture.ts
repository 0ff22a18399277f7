/** Records to test stores with. Every name is new, so that tests can share a store. */

import { randomUUID } from 'node:crypto'
import type {
  Api,
  AuditEvent,
  AuthorizationCode,
  Client,
  Grant,
  RefreshToken,
  RefreshTokenUse,
  SigningKeyRow,
  Store,
  User,
} from '../records.ts'

export type MakeStore = () => Promise<Store>

export const name = (kind: string): string => `${kind}-${randomUUID()}`

export const now = 1_800_000_000

let lastEvent = 0

/** Ids of events sort in the order of making, as UUIDv7 do. */
export function event(facts: Partial<AuditEvent> = {}): AuditEvent {
  const id = `${String(++lastEvent).padStart(9, '0')}-${randomUUID()}`
  const nobody = { userId: null, clientId: null, grantId: null, address: null }
  return { id, at: now, type: 'test.happened', actor: 'system', ...nobody, detail: {}, ...facts }
}

export function user(facts: Partial<User> = {}): User {
  const id = name('user')
  return {
    id,
    username: id,
    email: null,
    passwordHash: '$argon2id$',
    roles: ['clerk'],
    createdAt: now,
    disabledAt: null,
    ...facts,
  }
}

export function client(facts: Partial<Client> = {}): Client {
  return {
    id: name('client'),
    name: 'A client',
    authentication: 'client_secret',
    secretHash: 'hash',
    jwks: null,
    tlsSubject: null,
    certificateThumbprints: [],
    dpopBound: false,
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'orders:read'],
    audiences: ['https://api.example'],
    serves: ['https://own.example'],
    firstParty: true,
    origins: ['https://app.example'],
    idTokenAlg: 'RS256',
    createdAt: now,
    ...facts,
  }
}

export function api(facts: Partial<Api> = {}): Api {
  return {
    audience: `https://${name('api')}.example`,
    name: 'An API',
    scopes: ['a', 'b'],
    alg: 'ES256',
    singleUseScopes: ['b'],
    sessionKeys: true,
    createdAt: now,
    ...facts,
  }
}

export function signingKey(facts: Partial<SigningKeyRow> = {}): SigningKeyRow {
  const end = { retiredAt: null, goneAt: null, revokedAt: null }
  const jwks = { publicJwk: '{}', sealedPrivateJwk: 'sealed' }
  const line = { ring: name('ring'), alg: 'ES256', generation: 1 }
  return { kid: name('kid'), ...line, ...jwks, createdAt: now, activeAt: now, ...end, ...facts }
}

export function grant(facts: Pick<Grant, 'userId' | 'clientId'> & Partial<Grant>): Grant {
  const authentication = { authTime: now, amr: ['pwd'], acr: null }
  return {
    id: name('grant'),
    scope: 'openid a',
    resource: null,
    ...authentication,
    statusIndex: null,
    createdAt: now,
    revokedAt: null,
    ...facts,
  }
}

export function code(grant: Grant, facts: Partial<AuthorizationCode> = {}): AuthorizationCode {
  const { id: grantId, clientId } = grant
  return {
    hash: name('code'),
    grantId,
    clientId,
    codeChallenge: 'challenge',
    nonce: 'n',
    dpopJkt: 'jkt',
    expiresAt: now + 60,
    ...facts,
  }
}

export function refreshToken(grant: Grant, facts: Partial<RefreshToken> = {}): RefreshToken {
  const { id: grantId, clientId } = grant
  return {
    hash: name('refresh'),
    grantId,
    clientId,
    jkt: 'jkt',
    expiresAt: now + 1000,
    familyExpiresAt: now + 5000,
    ...facts,
  }
}

/** A use of a refresh token by somebody who has proven nothing, unless `facts` say otherwise. */
export function refreshTokenUse(
  hash: string,
  successor: RefreshToken,
  facts: Partial<RefreshTokenUse> = {},
): RefreshTokenUse {
  const told = {
    issued: event(),
    retried: event({ type: 'refresh.retried' }),
    reused: event({ type: 'refresh.reused' }),
  }
  return { hash, successor, now, mayRetry: false, ...told, ...facts }
}

/** A user with a client, and verbs that act for them. */
export async function signedUp(store: Store) {
  const owner = user()
  const app = client()
  await store.users.insert(owner, event())
  await store.clients.insert(app, event())
  const newGrant = (): Grant => grant({ userId: owner.id, clientId: app.id })

  const issueCode = async (resource: string | null = null) => {
    const agreed = { ...newGrant(), resource }
    const issued = code(agreed)
    const outcome = await store.grants.issueCode(agreed, issued, event())
    if (outcome !== 'issued') throw new Error(outcome)
    return { grant: agreed, code: issued }
  }

  const issueFamily = async (facts: Partial<RefreshToken> = {}, resource: string | null = null) => {
    const { grant: agreed, code: issued } = await issueCode(resource)
    await store.grants.redeemCode(issued.hash, now, event())
    const token = refreshToken(agreed, facts)
    const outcome = await store.grants.issueTokens(agreed.id, token, event())
    if (outcome !== 'issued') throw new Error(outcome)
    return { grant: agreed, code: issued, token }
  }

  return { owner, app, newGrant, issueCode, issueFamily }
}

export async function isTold(store: Store, event: AuditEvent): Promise<boolean> {
  return (await findTold(store, event)) !== undefined
}

export async function findTold(store: Store, { id }: AuditEvent): Promise<AuditEvent | undefined> {
  const events = await store.audit.list({ limit: 1_000_000 })
  return events.find((told) => told.id === id)
}

/** How often each answer came. */
export function tally(answers: readonly { readonly status: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
