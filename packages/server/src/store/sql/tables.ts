/**
 * The tables as the query builder sees them: the records, with lists as JSON text, booleans as 0 and 1, and the columns
 * that only the store reads. Names are camelCase here and snake_case in the database; `migrations.ts` makes them.
 */

import type { EpochSeconds } from '../../clock.ts'
import type {
  Api,
  ApiSecret,
  AuditEvent,
  AuthorizationCode,
  AuthSession,
  Client,
  Grant,
  RefreshToken,
  RefusalCount,
  Role,
  SigningKeyRow,
  SpentId,
  User,
} from '../records.ts'

/** What a row of this record holds: SQLite takes no booleans and no objects. */
export type Stored<T> = {
  readonly [K in keyof T]: T[K] extends boolean ? 0 | 1 : T[K] extends string | number | null ? T[K] : string
}

/** Which call spent a row. Later statements of the same batch read it to learn whether theirs was the one. */
interface Spending {
  readonly spentAt: EpochSeconds | null
  readonly spentBy: string | null
}

/** The audit event that tells of the making, or of the last change. By it a later query of the batch knows that this call was it. */
interface Made {
  readonly createdBy: string
}

export interface Tables {
  /** `disabledBy`, and `revokedBy` below, are audit events too, to the same end as `createdBy`. */
  readonly userAccount: Stored<User> & Made & { readonly usernameKey: string; readonly disabledBy: string | null }
  readonly role: Stored<Role> & Made
  readonly client: Stored<Client> & Made
  readonly api: Stored<Api> & Made
  readonly apiSecret: Stored<ApiSecret> & Made
  readonly signingKey: Stored<SigningKeyRow> & { readonly revokedBy: string | null }
  readonly authSession: Stored<AuthSession>
  readonly oauthGrant: Stored<Grant> & {
    readonly revokedBy: string | null
    /** From then on nothing that hangs on the grant can be alive, and all of it may be forgotten. */
    readonly endsAt: EpochSeconds
  }
  readonly authorizationCode: Stored<AuthorizationCode> & Spending
  readonly refreshToken: Stored<RefreshToken> &
    Spending & {
      /** What the use that spent it has brought. */
      readonly successorHash: string | null
      /** Which call used it a second time. */
      readonly retriedBy: string | null
    }
  readonly spentId: SpentId
  readonly auditEvent: Stored<AuditEvent>
  readonly refusalCount: Stored<RefusalCount>
}
