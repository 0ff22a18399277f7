/**
 * What the server remembers, and the promises of each verb: one interface per record. The largest are in `grant-records.ts`
 * and `audit-records.ts`; all are imported from here.
 *
 * No SQL here. Ids and hashes are made by the caller; what travels (codes, refresh tokens, client secrets, session
 * handles) is stored as the base64url SHA-256 that `hashToken` of @countersign/tokens makes, never itself.
 * Every mutating verb is one statement or one batch: it happened and is on disk when its promise resolves, or it
 * did not happen. Where a verb takes an `AuditEvent`, the event is appended in the same batch, only if the act happened.
 */

import type { EpochSeconds } from '../clock.ts'
import type { AuditEvent, AuditStore } from './audit-records.ts'
import type { GrantStore } from './grant-records.ts'

export type * from './audit-records.ts'
export type * from './grant-records.ts'
export { longestAccessTokenSeconds, refreshRetrySeconds } from './grant-records.ts'

export interface User {
  readonly id: string
  /** As typed at registration. Unique after NFKC and case folding. */
  readonly username: string
  readonly email: string | null
  /** argon2id, PHC string. */
  readonly passwordHash: string
  /** Names of roles, each once. */
  readonly roles: readonly string[]
  readonly createdAt: EpochSeconds
  readonly disabledAt: EpochSeconds | null
}

export interface UserStore {
  insert(user: User, event: AuditEvent): Promise<'inserted' | 'taken'>
  find(id: string): Promise<User | undefined>
  findByUsername(username: string): Promise<User | undefined>
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly User[]>
  /** Disables the user and revokes every grant of theirs. `false` if there is no such user, or disabled already. */
  disable(id: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
  /** Lets the user act again, with none of the grants from before. `false` if there is no such user, or not disabled. */
  enable(id: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
  /** Deletes the user; their grants are revoked first and stay as tombstones. */
  delete(id: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
  /** Replaces the hash if it still is `expected`: a password changed meanwhile wins. */
  replacePasswordHash(id: string, expected: string, replacement: string): Promise<boolean>
  /** Gives the user another password and revokes every grant of theirs. `false` if there is no such user. */
  changePassword(id: string, passwordHash: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
  /** Replaces the roles. `false` if there is no such user. */
  setRoles(id: string, roles: readonly string[], event: AuditEvent): Promise<boolean>
}

/** What users with this role may do: a scope that some role grants is given to nobody else. */
export interface Role {
  readonly name: string
  /** Scopes by the audience of their API. */
  readonly scopes: Readonly<Record<string, readonly string[]>>
  readonly createdAt: EpochSeconds
}

export interface RoleStore {
  insert(role: Role, event: AuditEvent): Promise<'inserted' | 'taken'>
  list(): Promise<readonly Role[]>
  /**
   * Deletes a role. Users keep the name, which then grants nothing.
   *
   * @param seen Roles by which the caller has judged that it may go. Atomic: it goes only while each of them is there as it
   *   is here, so that of two roles that stand in for each other two calls at once delete one. Default: none.
   */
  delete(name: string, event: AuditEvent, seen?: readonly Role[]): Promise<RoleDeletion>
}

/** `changed`: one of the roles that were seen has changed since. `unknown`: there is no such role. */
export type RoleDeletion = 'deleted' | 'changed' | 'unknown'

export type ClientAuthentication =
  'none' | 'client_secret' | 'private_key_jwt' | 'tls_client_auth' | 'self_signed_tls_client_auth'
export type GrantType =
  'authorization_code' | 'refresh_token' | 'client_credentials' | 'urn:ietf:params:oauth:grant-type:token-exchange'

export interface Client {
  readonly id: string
  readonly name: string
  /** `client_secret` may come by Basic or in the form. */
  readonly authentication: ClientAuthentication
  /** SHA-256 of the secret; null unless `client_secret`. */
  readonly secretHash: string | null
  /** JWK Set text with the client's public keys; null unless `private_key_jwt`. */
  readonly jwks: string | null
  /** Subject of its certificate, as RFC 4514 writes it; null unless `tls_client_auth`. */
  readonly tlsSubject: string | null
  /** base64url SHA-256 of its certificates; none unless `self_signed_tls_client_auth`. */
  readonly certificateThumbprints: readonly string[]
  /** Gets no token without a DPoP proof (RFC 9449 §5.2). */
  readonly dpopBound: boolean
  readonly grantTypes: readonly GrantType[]
  /** What the client may ask for. */
  readonly scopes: readonly string[]
  /** APIs (audiences) the client may name as `resource`. */
  readonly audiences: readonly string[]
  /** APIs (audiences) that the client is the resource server of: it may introspect the tokens for them. */
  readonly serves: readonly string[]
  /** May use the authorization challenge endpoint (an administrator said so). */
  readonly firstParty: boolean
  /** Browser origins from which it may call, besides the issuer's. */
  readonly origins: readonly string[]
  readonly idTokenAlg: 'RS256' | 'ES256'
  readonly createdAt: EpochSeconds
}

export interface ClientStore {
  insert(client: Client, event: AuditEvent): Promise<'inserted' | 'taken'>
  find(id: string): Promise<Client | undefined>
  list(): Promise<readonly Client[]>
  /** Deletes the client and revokes every grant that it holds. */
  delete(id: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
}

/** In characters. A guard's events name it, and each session key has it in its derivation. */
export const longestAudience = 256

export interface Api {
  /** The absolute URI that `resource` names and `aud` carries. */
  readonly audience: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly alg: 'ES256' | 'RS256'
  /** Tokens with one of these scopes are always single-use. */
  readonly singleUseScopes: readonly string[]
  /** Whether clients may have session keys, to sign and seal what they send to it. */
  readonly sessionKeys: boolean
  readonly createdAt: EpochSeconds
}

/** What session keys for an API are derived from. */
export interface ApiSecret {
  readonly audience: string
  /** 1, 2, 3 …; tokens say which one theirs come from. */
  readonly version: number
  /** A JWE under the master key. */
  readonly sealedSecret: string
  readonly createdAt: EpochSeconds
  /** From then on session keys are derived from it, until a newer version is active. */
  readonly activeAt: EpochSeconds
}

export interface ApiStore {
  /**
   * The API begins with nothing: what still named its audience, from an API of before (a client or a grant that was made
   * in the moment of its deletion), is ended in the same batch.
   */
  insert(api: Api, event: AuditEvent): Promise<'inserted' | 'taken'>
  find(audience: string): Promise<Api | undefined>
  list(): Promise<readonly Api[]>
  /**
   * Puts `replacement`, of the same audience, in the place of an API that still is `expected`. One without session keys
   * loses its secrets. `lost` if it was changed or deleted meanwhile: nothing was changed, read again.
   */
  replace(expected: Api, replacement: Api, event: AuditEvent): Promise<'replaced' | 'lost'>
  /**
   * Deletes the API and its secrets, revokes every grant for it and takes it away from every client. Roles keep what they
   * say of it: what they close stays closed if there is such an API again. `undefined` if there is none.
   */
  delete(audience: string, at: EpochSeconds, event: AuditEvent): Promise<ApiDeletion | undefined>
  /**
   * `taken` if the version is there: another process was first. `refused` if there is no such API, or none with session
   * keys, by then.
   */
  insertSecret(secret: ApiSecret, event: AuditEvent): Promise<'inserted' | 'taken' | 'refused'>
  /** Newest first. */
  listSecrets(audience: string): Promise<readonly ApiSecret[]>
}

/** What ended with an API. */
export interface ApiDeletion {
  /** How many grants were revoked. */
  readonly grants: number
  /** Ids of the clients that might call it, or were its resource servers. */
  readonly clients: readonly string[]
}

/** One key of a ring. Its state follows from the dates (`keyState` of @countersign/tokens). */
export interface SigningKeyRow {
  readonly kid: string
  readonly ring: string
  readonly alg: string
  /** 1, 2, 3 … within ring and algorithm; unique, so that of two processes that rotate at once one loses. */
  readonly generation: number
  /** JSON text. */
  readonly publicJwk: string
  /** A JWE under the master key. */
  readonly sealedPrivateJwk: string
  readonly createdAt: EpochSeconds
  readonly activeAt: EpochSeconds
  readonly retiredAt: EpochSeconds | null
  readonly goneAt: EpochSeconds | null
  readonly revokedAt: EpochSeconds | null
}

export type KeyDates = Pick<SigningKeyRow, 'kid' | 'activeAt' | 'retiredAt' | 'goneAt' | 'revokedAt'>

export interface SigningKeyStore {
  list(ring: string): Promise<readonly SigningKeyRow[]>
  /**
   * Inserts a key and moves the dates of others (the key it replaces), in one batch.
   * `lost` if the generation is taken: another process was first, nothing was changed, read again.
   */
  insert(key: SigningKeyRow, changes: readonly KeyDates[], event: AuditEvent): Promise<'inserted' | 'lost'>
  /** Marks a key as revoked. `false` if unknown or revoked already. */
  revoke(kid: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
}

/** A sign-in under way at the authorization challenge endpoint. */
export interface AuthSession {
  readonly hash: string
  readonly clientId: string
  readonly codeChallenge: string
  readonly scope: string
  readonly resource: string | null
  readonly nonce: string | null
  /** Thumbprint of the key that the code will be bound to (RFC 9449 §10). */
  readonly dpopJkt: string | null
  readonly failures: number
  readonly expiresAt: EpochSeconds
}

export interface AuthSessionStore {
  /** `event`: the failed sign-in that the session follows. */
  insert(session: AuthSession, event: AuditEvent | null): Promise<void>
  /** Removes a session and answers it. Atomic: of concurrent calls for one hash one gets it. Expired ones are not answered. */
  take(hash: string, now: EpochSeconds): Promise<AuthSession | undefined>
}

/** What came once and must not come again: a proof, an assertion, a single-use token. */
export interface SpentId {
  /** base64url SHA-256 of what names it. */
  readonly id: string
  /** From then on nobody takes what bears it, and it may be forgotten. */
  readonly expiresAt: EpochSeconds
}

export interface SpentIdStore {
  /**
   * Spends an id. Atomic: of any number of calls for one id, by however many processes, one is answered `spent` and the
   * others are `replayed`, until `deleteExpired` forgets it.
   */
  spend(spent: SpentId): Promise<'spent' | 'replayed'>
}

/** Everything the server remembers. */
export interface Store {
  readonly users: UserStore
  readonly roles: RoleStore
  readonly clients: ClientStore
  readonly apis: ApiStore
  readonly signingKeys: SigningKeyStore
  readonly authSessions: AuthSessionStore
  readonly grants: GrantStore
  readonly spentIds: SpentIdStore
  readonly audit: AuditStore
  /** Removes what has expired: sessions, codes and refresh tokens past their use, dead grants, spent ids. Answers how many rows. */
  deleteExpired(now: EpochSeconds): Promise<number>
  /** Resolves if the store answers, rejects if not. For the readiness check. */
  ping(): Promise<void>
  close(): Promise<void>
}
