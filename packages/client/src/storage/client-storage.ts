/** Where sessions are kept, and what one holds. The storages beside this file keep the promises that are said here. */

import type { SessionKeys } from '../crypto.ts'

export interface StoredSession {
  readonly issuer: string
  readonly clientId: string
  /** The API that its tokens are for; the issuer itself where none was named. */
  readonly resource: string
  /** Space-separated, as granted. */
  readonly scope: string
  /** What every token of the session is bound to. */
  readonly proofKey: CryptoKeyPair
  readonly accessToken: AccessToken
  /** Without one the session ends with its access token. */
  readonly refreshToken: string | undefined
  /** Who is signed in; `undefined` where "openid" was not granted. */
  readonly user: SessionUser | undefined
}

export interface AccessToken {
  readonly text: string
  readonly scheme: 'DPoP' | 'Bearer'
  /** By the client's own clock, in seconds. */
  readonly expiresAt: number
  /** How far the issuer's clock was ahead of it when the token came. */
  readonly issuerAheadSeconds?: number
  readonly sessionKeys: SessionKeys | undefined
}

/** From the ID token. */
export interface SessionUser {
  readonly subject: string
  /** When they last proved who they are. */
  readonly authTime: number | undefined
  readonly acr: string | undefined
  readonly amr: readonly string[]
}

export interface ClientStorage {
  /** Whether keys must be exported to be kept. Where not, no script can ever read them. */
  readonly exportsKeys: boolean
  list(): Promise<readonly StoredSession[]>
  read(name: string): Promise<StoredSession | undefined>
  /** Called by whoever holds `exclusively` only. It is kept when the promise resolves. */
  write(name: string, session: StoredSession): Promise<void>
  /** Called by whoever holds `exclusively` only. */
  remove(name: string): Promise<void>
  /**
   * Runs `act` while nobody else who shares this storage (another tab, another process) runs theirs for the same name.
   * Does not nest.
   */
  exclusively<T>(name: string, act: () => Promise<T>): Promise<T>
}

/** The name that a session is kept under: one for each server, client and API. URIs and client IDs hold no space. */
export function sessionName({
  issuer,
  clientId,
  resource,
}: Pick<StoredSession, 'issuer' | 'clientId' | 'resource'>): string {
  return `${issuer} ${clientId} ${resource}`
}
