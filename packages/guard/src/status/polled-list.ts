/**
 * One status list, asked for again and again while it is used, and what it says of a place.
 *
 * While the issuer answers, nobody is let through by a list that was asked for longer before they came than three quarters
 * of its time to live: what is younger serves at once, what is older is waited for. When the issuer does not answer, the
 * last list serves until it has ended.
 */

import { setTimeout } from 'node:timers/promises'
import { isStatusRevoked, statusListMediaType } from '@countersign/protocol'
import type { StatusList } from '@countersign/protocol'
import { TokenError } from '@countersign/tokens'
import type { EpochSeconds } from '@countersign/tokens'
import { fetchText } from '../fetch-text.ts'
import { GuardError } from '../guard-error.ts'
import type { KeySet } from '../keys/key-set.ts'
import { stickyBits } from './sticky-bits.ts'
import { maxStatusListBytes, verifyStatusList } from './verify-status-list.ts'

export interface PolledListOptions {
  readonly keys: Pick<KeySet, 'use'>
  readonly fetch: typeof fetch
  readonly clock: () => EpochSeconds
  readonly clockSkewSeconds: number
  /** What becomes of tokens when the issuer cannot be asked and the last list has ended. */
  readonly whenUnreachable: 'refuse' | 'accept-unsafe'
  /** Ends the polling, and what is under way. */
  readonly closing: AbortSignal
  /** Seconds that never go back, whatever happens to the system's clock. */
  readonly monotonic?: () => number
  readonly wait?: (seconds: number) => Promise<void>
}

export interface PolledList {
  /**
   * Refuses a place that is revoked. A promise only where there is a list to wait for.
   *
   * @throws {GuardError} `token_revoked`, `status_list_refused`, `status_unavailable`, `status_list_invalid`
   */
  check(idx: number): void | Promise<void>
}

/** Nobody asks more often than this. */
const minIntervalSeconds = 1
const maxIntervalSeconds = 30
/** Until the first list says so. */
const defaultTtlSeconds = 2
/** How long a list is asked for after its last use. */
const idleSeconds = 30
/** After a failure, how long nobody is kept waiting for what will probably fail again. */
const outageSeconds = 10

export function polledList(uri: string, options: PolledListOptions): PolledList {
  const { keys, fetch, clock, clockSkewSeconds, whenUnreachable, closing } = options
  const monotonic = options.monotonic ?? (() => performance.now() / 1000)
  const wait = options.wait ?? ((seconds) => setTimeout(seconds * 1000, undefined, { ref: false, signal: closing }))
  const sticky = stickyBits()
  let list: StatusList | undefined
  let listAskedAt = -Infinity
  let lastStartAt = -Infinity
  let lastFailureAt = -Infinity
  let failure: unknown
  let lastUseAt = -Infinity
  let isPolling = false
  /** The request that is under way. Never rejects. */
  let running: Promise<void> | undefined

  /** Twice in its time to live: the second time is for an answer that is slow. */
  const intervalSeconds = (): number => {
    const half = (list?.ttlSeconds ?? defaultTtlSeconds) / 2
    return Math.min(Math.max(half, minIntervalSeconds), maxIntervalSeconds)
  }

  const ask = async (): Promise<void> => {
    const startAt = monotonic()
    lastStartAt = startAt
    try {
      const asked = { accept: statusListMediaType, maxBytes: maxStatusListBytes, fetch, signal: closing }
      const text = await fetchText(uri, asked)
      const verify = keys.use((keys) => verifyStatusList(text, keys, { uri, now: clock(), clockSkewSeconds }), 'status')
      const received = await verify
      // An older list of this one's life is dead by then, whichever of the issuer's clocks it was made by.
      const holdSeconds = received.expiresAt - received.issuedAt + 3 * clockSkewSeconds
      list = { ...received, bits: sticky.add(received.bits, { now: startAt, holdSeconds }) }
      listAskedAt = startAt
      lastFailureAt = -Infinity
    } catch (error) {
      failure = error
      lastFailureAt = monotonic()
    }
  }

  const askOnce = (): Promise<void> => (running ??= ask().finally(() => (running = undefined)))

  const isFresh = (now: number): boolean => now - listAskedAt < 1.5 * intervalSeconds()

  /** Waits for a list that was not asked for long before now, if the issuer answers. */
  const askFor = async (now: number): Promise<void> => {
    await askOnce()
    // What was under way may have begun long before, at an issuer that is slow; the next one begins after.
    if (lastFailureAt === -Infinity && !isFresh(now)) await askOnce()
  }

  const poll = async (): Promise<void> => {
    while (!closing.aborted && monotonic() - lastUseAt < idleSeconds) {
      await askOnce()
      await wait(Math.max(0, lastStartAt + intervalSeconds() - monotonic())).catch(() => undefined)
    }
    isPolling = false
  }

  const judge = (idx: number): void => {
    const isRevoked = list && isStatusRevoked(list.bits, idx)
    // Once revoked is revoked for ever: for this no list is too old.
    if (isRevoked === true) throw new GuardError('token_revoked', 'the token is revoked')
    if (list === undefined || !(clock() < list.expiresAt + clockSkewSeconds)) {
      const isInvalid = failure instanceof TokenError
      if (!isInvalid && whenUnreachable === 'accept-unsafe') return
      throw isInvalid
        ? new GuardError('status_list_invalid', 'the issuer’s status list is not valid', { cause: failure })
        : new GuardError('status_unavailable', 'the issuer’s status list is not available', { cause: failure })
    }
    if (isRevoked === undefined) throw new GuardError('status_list_refused', 'the status list has no such place')
  }

  return {
    check(idx) {
      const now = monotonic()
      lastUseAt = now
      if (!isPolling && !closing.aborted) {
        isPolling = true
        void poll()
      }
      // What has just failed is not waited for: the last list is what there is.
      const isInOutage = now - lastFailureAt < (list === undefined ? minIntervalSeconds : outageSeconds)
      if (isFresh(now) || isInOutage || closing.aborted) return judge(idx)
      return askFor(now).then(() => judge(idx))
    },
  }
}
