/**
 * What the server remembers, and the promises of each verb: one interface per record.
 *
 * No SQL here. Ids and hashes are made by the caller; what travels (codes, refresh tokens, client secrets, session
 * handles) is stored as the base64url SHA-256 that `hashToken` of @countersign/tokens makes, never itself.
 * Every mutating verb is one statement or one batch: it happened and is on disk when its promise resolves, or it
 * did not happen. Where a verb takes an `AuditEvent`, the event is appended in the same batch, only if the act happened.
 */

import type { EpochSeconds } from '../clock.ts'

/** One line of the audit trail. `at` and `id` are filled in by whoever makes the event. */
export interface AuditEvent {
  readonly id: string
  readonly at: EpochSeconds
  /** Dotted, past tense: `user.created`, `sign_in.succeeded`, `code.issued`, `token.issued`, `refresh.reused` … */
  readonly type: string
  /** Who acted: `user:<id>`, `client:<id>`, `operator` (the command line), `system`. */
  readonly actor: string
  readonly userId: string | null
  readonly clientId: string | null
  readonly grantId: string | null
  /** The peer's address, where a request caused the event. */
  readonly address: string | null
  /** More facts, small and without secrets. */
  readonly detail: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

export interface AuditStore {
  append(event: AuditEvent): Promise<void>
  /** Newest last. `after` is an `id` that was answered before; event ids sort by time (UUIDv7). */
  list(page: {
    readonly after?: string
    readonly limit: number
    readonly newest?: boolean
  }): Promise<readonly AuditEvent[]>
  /** Adds to the count of anonymous refusals of one minute (`minute` = epoch seconds rounded down) and reason. */
  countRefusals(counts: readonly RefusalCount[]): Promise<void>
  listRefusals(since: EpochSeconds): Promise<readonly RefusalCount[]>
}

export interface RefusalCount {
  readonly minute: EpochSeconds
  readonly reason: string
  readonly count: number
}

export interface User {
  readonly id: string
  /** As typed at registration. Unique after NFKC and case folding. */
  readonly username: string
  readonly email: string | null
  /** argon2id, PHC string. */
  readonly passwordHash: string
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
  /** Deletes the user; their grants are revoked first and stay as tombstones. */
  delete(id: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
  /** Replaces the hash if it still is `expected`: a password changed meanwhile wins. */
  replacePasswordHash(id: string, expected: string, replacement: string): Promise<boolean>
}

export type ClientAuthentication = 'none' | 'client_secret' | 'private_key_jwt'
export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'

export interface Client {
  readonly id: string
  readonly name: string
  /** `client_secret` may come by Basic or in the form. */
  readonly authentication: ClientAuthentication
  /** SHA-256 of the secret; null unless `client_secret`. */
  readonly secretHash: string | null
  /** JWK Set text with the client's public keys; null unless `private_key_jwt`. */
  readonly jwks: string | null
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

export interface Api {
  /** The absolute URI that `resource` names and `aud` carries. */
  readonly audience: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly alg: 'ES256' | 'RS256'
  readonly createdAt: EpochSeconds
}

export interface ApiStore {
  insert(api: Api, event: AuditEvent): Promise<'inserted' | 'taken'>
  find(audience: string): Promise<Api | undefined>
  list(): Promise<readonly Api[]>
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
  readonly failures: number
  readonly expiresAt: EpochSeconds
}

export interface AuthSessionStore {
  /** `event`: the failed sign-in that the session follows. */
  insert(session: AuthSession, event: AuditEvent | null): Promise<void>
  /** Removes a session and answers it. Atomic: of concurrent calls for one hash one gets it. Expired ones are not answered. */
  take(hash: string, now: EpochSeconds): Promise<AuthSession | undefined>
}

/** What the owner agreed to. Codes, refresh tokens and access tokens hang on it; when it is revoked, all are dead. */
export interface Grant {
  readonly id: string
  /** Null for a client acting for itself. */
  readonly userId: string | null
  readonly clientId: string
  /** Space-separated, as granted. */
  readonly scope: string
  /** The audience, or null for the issuer itself. */
  readonly resource: string | null
  readonly authTime: EpochSeconds | null
  readonly amr: readonly string[]
  readonly acr: string | null
  readonly createdAt: EpochSeconds
  readonly revokedAt: EpochSeconds | null
}

/**
 * No access token may live longer: a grant is forgotten some time after the last code or refresh token of it has ended,
 * and what was bought with those must be dead by then.
 */
export const longestAccessTokenSeconds = 3600

export interface AuthorizationCode {
  readonly hash: string
  readonly grantId: string
  readonly clientId: string
  readonly codeChallenge: string
  readonly nonce: string | null
  readonly expiresAt: EpochSeconds
}

export interface RefreshToken {
  readonly hash: string
  readonly grantId: string
  readonly clientId: string
  /** Idle end: slides with every rotation. */
  readonly expiresAt: EpochSeconds
  /** Absolute end of the family. */
  readonly familyExpiresAt: EpochSeconds
}

export type CodeRedemption =
  | { readonly status: 'redeemed'; readonly code: AuthorizationCode; readonly grant: Grant }
  /** Used before: the grant has been revoked by this very call. */
  | { readonly status: 'replayed'; readonly grantId: string }
  /** Never issued, expired, or its grant is revoked. */
  | { readonly status: 'unknown' }

export type RefreshRotation =
  | { readonly status: 'rotated' }
  /** Used before: the grant (the family) has been revoked by this very call. */
  | { readonly status: 'replayed'; readonly grantId: string }
  /** Never issued, another client's, expired, or its grant is revoked. */
  | { readonly status: 'unknown' }

export interface GrantStore {
  /** Inserts a grant and its code. `refused` if the user or client is gone or disabled by then. */
  issueCode(grant: Grant, code: AuthorizationCode, event: AuditEvent): Promise<'issued' | 'refused'>
  /**
   * Spends a code. Atomic: of any number of concurrent calls for one hash at most one is answered `redeemed`; every
   * later one is `replayed` and revokes the grant (RFC 6749 §4.1.2, RFC 9700 §2.1.1). `reused` is appended by the call
   * that revokes, with the user, client and grant of the code filled in.
   */
  redeemCode(hash: string, now: EpochSeconds, reused: AuditEvent): Promise<CodeRedemption>
  /** Records that tokens were issued: inserts the refresh token if there is one. `revoked` if the grant is dead by then. */
  issueTokens(grantId: string, refresh: RefreshToken | null, event: AuditEvent): Promise<'issued' | 'revoked'>
  /** Inserts a grant without a user (client credentials). `refused` if the client is gone by then. */
  issueClientGrant(grant: Grant, event: AuditEvent): Promise<'issued' | 'refused'>
  /** Reads only: what a refresh token stands for, spent or not. */
  findRefreshToken(
    hash: string,
  ): Promise<{ readonly token: RefreshToken; readonly grant: Grant; readonly spent: boolean } | undefined>
  /**
   * Spends a refresh token and inserts its successor, if it is the successor's client's and grant's, unexpired, unspent
   * and its grant and user alive. Atomic as `redeemCode`; a reuse revokes the grant and appends `reused` as there.
   * The end of the family stays what it was, whatever the successor says.
   */
  rotateRefreshToken(
    hash: string,
    successor: RefreshToken,
    now: EpochSeconds,
    events: { readonly issued: AuditEvent; readonly reused: AuditEvent },
  ): Promise<RefreshRotation>
  find(id: string): Promise<Grant | undefined>
  /** `false` if unknown or revoked already. */
  revoke(id: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
}

/** Everything the server remembers. */
export interface Store {
  readonly users: UserStore
  readonly clients: ClientStore
  readonly apis: ApiStore
  readonly signingKeys: SigningKeyStore
  readonly authSessions: AuthSessionStore
  readonly grants: GrantStore
  readonly audit: AuditStore
  /** Removes what has expired: sessions, codes and refresh tokens past their use, dead grants. Answers how many rows. */
  deleteExpired(now: EpochSeconds): Promise<number>
  /** Resolves if the store answers, rejects if not. For the readiness check. */
  ping(): Promise<void>
  close(): Promise<void>
}
