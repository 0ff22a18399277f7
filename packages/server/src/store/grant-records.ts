/**
 * Grants, and the codes and refresh tokens that hang on them, with the promises of the verbs. What holds for every verb of
 * the store is in `records.ts`.
 */

import type { EpochSeconds } from '../clock.ts'
import type { AuditEvent } from './audit-records.ts'

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
  /** Its place in the status lists; null for a grant that was made before there were any. */
  readonly statusIndex: number | null
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
  readonly dpopJkt: string | null
  readonly expiresAt: EpochSeconds
}

export interface RefreshToken {
  readonly hash: string
  readonly grantId: string
  readonly clientId: string
  /** Thumbprint of the key that it is bound to (RFC 9449 §5). */
  readonly jkt: string | null
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

/** How long after its use a refresh token may be presented once more by whoever did not get the answer. */
export const refreshRetrySeconds = 10

export interface RefreshTokenUse {
  readonly hash: string
  readonly successor: RefreshToken
  readonly now: EpochSeconds
  /** Whether it is proven that this is the client that the token was issued to: only then a lost answer may be retried. */
  readonly mayRetry: boolean
  /** Appended if the successor is inserted. */
  readonly issued: AuditEvent
  /** Appended besides if that was a retry. */
  readonly retried: AuditEvent
  /** Appended by the call that revokes. */
  readonly reused: AuditEvent
}

export type RefreshRotation =
  | { readonly status: 'rotated' }
  /** Used before, its answer lost: what that use brought is spent, and the successor of this call takes its place. */
  | { readonly status: 'retried' }
  /** Used before: the grant (the family) has been revoked by this very call. */
  | { readonly status: 'replayed'; readonly grantId: string }
  /** Never issued, another client's, expired, or its grant is revoked. */
  | { readonly status: 'unknown' }

export interface GrantStore {
  /**
   * Inserts a grant and its code. `refused` if the user, client or API is gone or disabled by then, or if the user's password
   * is no longer the one that was verified, where one was: a grant that is made while the password changes is either
   * revoked by that or never made. `status_index_taken` if another grant has its place: choose another one.
   */
  issueCode(
    grant: Grant,
    code: AuthorizationCode,
    event: AuditEvent,
    verifiedPasswordHash?: string,
  ): Promise<GrantIssue>
  /**
   * Spends a code. Atomic: of any number of concurrent calls for one hash at most one is answered `redeemed`; every
   * later one is `replayed` and revokes the grant (RFC 6749 §4.1.2, RFC 9700 §2.1.1). `reused` is appended by the call
   * that revokes, with the user, client and grant of the code filled in.
   */
  redeemCode(hash: string, now: EpochSeconds, reused: AuditEvent): Promise<CodeRedemption>
  /** Records that tokens were issued: inserts the refresh token if there is one. `revoked` if the grant is dead by then. */
  issueTokens(grantId: string, refresh: RefreshToken | null, event: AuditEvent): Promise<'issued' | 'revoked'>
  /**
   * Inserts a grant without a user (client credentials). `refused` if the client or API is gone by then,
   * `status_index_taken` as above.
   */
  issueClientGrant(grant: Grant, event: AuditEvent): Promise<GrantIssue>
  /** Reads only: what a refresh token stands for, spent or not. */
  findRefreshToken(
    hash: string,
  ): Promise<{ readonly token: RefreshToken; readonly grant: Grant; readonly spent: boolean } | undefined>
  /**
   * Spends a refresh token and inserts its successor, if it is the successor's client's and grant's, unexpired, unspent
   * and its grant and user alive. Atomic as `redeemCode`; a reuse revokes the grant and appends `reused` as there.
   * The end of the family stays what it was, whatever the successor says.
   *
   * A token that was spent up to `refreshRetrySeconds` ago may be used a second time, once, if `mayRetry` and what the
   * first use brought is unspent: that one is spent in the same batch. So a family never has two that are unspent.
   */
  rotateRefreshToken(use: RefreshTokenUse): Promise<RefreshRotation>
  find(id: string): Promise<Grant | undefined>
  /** `false` if unknown or revoked already. */
  revoke(id: string, at: EpochSeconds, event: AuditEvent): Promise<boolean>
  /** Revokes every grant of a user or of a client. Answers how many; none is not told. */
  revokeAll(owner: GrantOwner, at: EpochSeconds, event: AuditEvent): Promise<number>
  /** Cheap, to be asked often: it tells whether `listRevokedIndexes` has more to say than the last time. */
  countRevoked(since: EpochSeconds): Promise<RevokedCount>
  /**
   * The places, in the status lists, of grants that were revoked at `since` or later, by whatever ended them: a user who
   * was disabled, a client that was deleted, a code that came twice.
   */
  listRevokedIndexes(since: EpochSeconds): Promise<readonly number[]>
}

export type GrantIssue = 'issued' | 'refused' | 'status_index_taken'

export interface RevokedCount {
  /** Of grants that were revoked at `since` or later. */
  readonly count: number
  /** The highest place that a grant has, revoked or not; -1 if none has one. */
  readonly highestIndex: number
}

export type GrantOwner = { readonly userId: string } | { readonly clientId: string }
