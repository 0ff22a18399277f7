/**
 * The keys behind a JWK Set URI, never older than a minute while the issuer answers.
 *
 * Fetched on use: early and in the background while the set is young enough to serve, before answering when it is not.
 * So there is no timer, and a guard that rests asks nobody. The request itself is `fetch-text.ts`.
 */

import { setTimeout } from 'node:timers/promises'
import { TokenError } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { fetchText } from '../fetch-text.ts'
import { GuardError } from '../guard-error.ts'
import { parseKeysByPurpose } from './key-purposes.ts'
import type { KeyPurpose, KeysByPurpose } from './key-purposes.ts'
import type { KeySet } from './key-set.ts'

export interface RemoteKeySetOptions {
  readonly uri: string
  /** How old the last set may grow while the issuer does not answer. */
  readonly maxStaleSeconds: number
  readonly fetch: typeof fetch
  /** Seconds that never go back, whatever happens to the system's clock. */
  readonly monotonic?: () => number
  readonly wait?: (seconds: number) => Promise<void>
}

type Work<T> = (keys: readonly Key[]) => T

/** A revoked key is dead everywhere within this time. */
const maxAgeSeconds = 60
const whatIsAsked = { accept: 'application/jwk-set+json, application/json', maxBytes: 256 * 1024 }
/** Between the starts of two fetches, however many unknown key IDs come in. */
const minIntervalSeconds = 1
/** After a failure, how long nobody is kept waiting for what will probably fail again. */
const outageSeconds = 10

export function remoteKeySet(options: RemoteKeySetOptions): KeySet {
  const {
    uri,
    maxStaleSeconds,
    fetch,
    monotonic = () => performance.now() / 1000,
    wait = (seconds) => setTimeout(seconds * 1000, undefined, { ref: false }),
  } = options
  const closing = new AbortController()
  let keys: KeysByPurpose | undefined
  let text: string | undefined
  let keysAskedAt = -Infinity
  let refreshAt = -Infinity
  let lastStartAt = -Infinity
  let lastFailureAt = -Infinity
  /** The fetch that is under way, and the one that has yet to start. Neither rejects. */
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined

  const refresh = async (): Promise<void> => {
    const startAt = monotonic()
    lastStartAt = startAt
    try {
      const fetched = await fetchText(uri, { ...whatIsAsked, fetch, signal: closing.signal })
      // The same text keeps its key handles, and with them what is remembered of their signatures.
      if (fetched !== text) keys = parsePublicKeys(fetched)
      text = fetched
      keysAskedAt = startAt
      // Not all guards in the same second; and early enough for a slow fetch to end in time.
      refreshAt = startAt + maxAgeSeconds * (0.65 + Math.random() * 0.2)
      lastFailureAt = -Infinity
    } catch {
      lastFailureAt = monotonic()
    }
  }

  const startQueued = async (): Promise<void> => {
    await running
    const pause = lastStartAt + minIntervalSeconds - monotonic()
    if (pause > 0) await wait(pause)
    queued = undefined
    running = refresh().finally(() => (running = undefined))
    await running
  }

  /** One fetch for all who ask before it starts. */
  const fetchAfterNow = (): Promise<void> => (queued ??= startQueued())

  /** Any fetch that has not ended yet will do. */
  const fetchSoon = (): Promise<void> => running ?? fetchAfterNow()

  const usableKeys = (purpose: KeyPurpose): readonly Key[] => {
    if (keys === undefined || monotonic() - keysAskedAt > maxStaleSeconds) {
      throw new GuardError('keys_unavailable', 'the keys of the issuer are not available')
    }
    return keys[purpose]
  }

  /** Tries again with keys that were asked for after the token came: a key just rotated in is never refused. */
  const useAfresh = async <T>(work: Work<T>, purpose: KeyPurpose, cameAt: number): Promise<T> => {
    if (keysAskedAt <= cameAt) await fetchAfterNow()
    if (keysAskedAt <= cameAt) {
      throw new GuardError('keys_unavailable', 'the issuer cannot be asked now whether it has that key')
    }
    return work(usableKeys(purpose))
  }

  const useWith = <T>(work: Work<T>, purpose: KeyPurpose, cameAt: number): T | Promise<T> => {
    try {
      return work(usableKeys(purpose))
    } catch (error) {
      if (error instanceof TokenError && error.code === 'token_key_unknown') return useAfresh(work, purpose, cameAt)
      throw error
    }
  }

  return {
    use(work, purpose = 'token') {
      const now = monotonic()
      if (now < refreshAt) return useWith(work, purpose, now)
      const fetching = fetchSoon()
      const isYoung = now - keysAskedAt <= maxAgeSeconds
      const isInOutage = keys !== undefined && now - lastFailureAt < outageSeconds
      return isYoung || isInOutage ? useWith(work, purpose, now) : fetching.then(() => useWith(work, purpose, now))
    },
    close: () => closing.abort(),
  }
}

/** A set that holds a private or secret key has published it: whoever reads it can sign, so it verifies nothing here. */
function parsePublicKeys(text: string): KeysByPurpose {
  const { token, status } = parseKeysByPurpose(text)
  return { token: token.filter(({ kind }) => kind === 'public'), status }
}
