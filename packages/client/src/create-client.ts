/** The client: puts storage, wire and verbs together. It holds no rules. */

import { clientFetch } from './fetch/client-fetch.ts'
import type { CallOptions } from './fetch/client-fetch.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { createOrigins } from './origins.ts'
import { ownSessions } from './session/pick-session.ts'
import { createSignIn, describeSession } from './sign-in/sign-in.ts'
import type { Session, SignIn } from './sign-in/sign-in.ts'
import { signOut } from './sign-out.ts'
import type { SignOutOutcome } from './sign-out.ts'
import type { ClientStorage } from './storage/client-storage.ts'
import { indexedDbStorage } from './storage/indexed-db-storage.ts'
import { endpointsOf, isSecure } from './wire.ts'

export interface ClientOptions {
  /** As the server spells it. */
  readonly issuer: string
  readonly clientId: string
  /** Where sessions are kept. In browsers the default is `indexedDbStorage()`; elsewhere it must be given. */
  readonly storage?: ClientStorage
  /** Default: the global one. */
  readonly fetch?: typeof fetch
  /** Seconds since 1970. Default: the system's. */
  readonly clock?: Clock
}

export interface Client {
  readonly signIn: SignIn
  /** `fetch`, with tokens and proofs. See `CallOptions`. */
  fetch(url: string | URL, options?: CallOptions): Promise<Response>
  /** Who is signed in for an API, or at the server itself where none is named. Asks nobody but the storage. */
  session(resource?: string): Promise<Session | undefined>
  /** Ends every session of this client, or the one for an API. The keys are deleted, whatever the server says. */
  signOut(resource?: string): Promise<SignOutOutcome>
}

/**
 * One session is for one API (RFC 8707), and has a key and tokens of its own. Whoever calls two APIs signs in for both.
 *
 * @throws {TypeError} if the issuer is not an https URL (http on this machine), or no storage is given outside of browsers.
 */
export function createClient({ issuer, clientId, storage, fetch, clock = systemClock }: ClientOptions): Client {
  const kept = storage ?? defaultStorage()
  const endpoints = endpointsOf(issuer)
  if (!isSecure(endpoints.token)) throw new TypeError('the issuer must be an https URL, or http on this machine')
  const wire = {
    ...{ issuer, clientId, endpoints, clock },
    // Called as a function of the page, which browsers insist on, and looked up late, so that it can be replaced.
    fetch: fetch ?? ((...args: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...args)),
    origins: createOrigins(issuer, clock),
  }
  return {
    signIn: createSignIn(kept, wire),
    fetch: (url, options = {}) => clientFetch(url, options, kept, wire),
    async session(resource = issuer) {
      const found = (await ownSessions(kept, wire)).find((each) => each.resource === resource)
      return found === undefined ? undefined : describeSession(found)
    },
    async signOut(resource) {
      const ending = (await ownSessions(kept, wire)).filter(
        (each) => resource === undefined || each.resource === resource,
      )
      return signOut(ending, kept, wire)
    },
  }
}

function defaultStorage(): ClientStorage {
  if (typeof indexedDB !== 'undefined') return indexedDbStorage()
  throw new TypeError('give a storage: fileStorage(path) of @countersign/client/node, or memoryStorage()')
}
