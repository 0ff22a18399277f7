/**
 * Sends the events of guards to the authorization server, so that its audit trail has them: in batches, one at a time,
 * those that matter first. What waits is bounded: an attacker who floods an API makes events, not memory.
 */

import { setTimeout } from 'node:timers/promises'
import type { GuardEvent } from './events.ts'

export interface EventReporterOptions {
  /** ISSUER/api/events. */
  readonly url: string
  /**
   * Answers an access token for the issuer itself with the scope `countersign:events`, of a client that is the resource
   * server of this API (client credentials). Asked for each batch: keep the token for as long as it is good.
   */
  readonly getToken: () => string | Promise<string>
  /**
   * For tokens that are bound to a key: answers a DPoP proof (RFC 9449 §4.2) of a POST to `url` with this token, another
   * one each time. Default: the token is sent alone.
   */
  readonly makeProof?: (token: string) => string | Promise<string>
  readonly fetch?: typeof fetch
  readonly wait?: (seconds: number) => Promise<void>
}

export interface EventReporter {
  /** For the option `onEvent` of a guard. */
  readonly report: (event: GuardEvent) => void
  /** How many events were not told: there were too many, or the server did not take them. */
  readonly dropped: number
  /** Sends what waits, if the server takes it now, and stops. */
  close(): Promise<void>
}

const batchSize = 100
/** Of those that matter, and again of the others. */
const mostWaiting = 500
/** How long a first event waits for others. */
const lingerSeconds = 1
const longestPauseSeconds = 60
const timeoutMs = 10_000

/** @throws {TypeError} if the URL is none. */
export function eventReporter({ url, getToken, makeProof, ...options }: EventReporterOptions): EventReporter {
  const { fetch = globalThis.fetch } = options
  const closing = new AbortController()
  const { wait = (seconds) => setTimeout(seconds * 1000, undefined, { ref: false, signal: closing.signal }) } = options
  const target = new URL(url)
  /** Attacks that nobody but the guard sees, and all the rest. */
  const queues = { matters: [] as GuardEvent[], rest: [] as GuardEvent[] }
  let dropped = 0
  let running: Promise<void> | undefined

  const credentials = async (): Promise<Readonly<Record<string, string>>> => {
    const token = await getToken()
    if (makeProof === undefined) return { authorization: `Bearer ${token}` }
    return { authorization: `DPoP ${token}`, dpop: await makeProof(token) }
  }

  const isWaiting = (): boolean => queues.matters.length + queues.rest.length > 0

  /** Whether the batch is done with. */
  const send = async (events: readonly GuardEvent[]): Promise<'told' | 'refused' | 'later'> => {
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { ...(await credentials()), 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await response.body?.cancel()
      if (response.ok) return 'told'
      // A token that has ended, too many at once, an outage: to be tried again. What is refused now is refused then.
      return [401, 408, 429].includes(response.status) || response.status >= 500 ? 'later' : 'refused'
    } catch {
      return 'later'
    }
  }

  const run = async (): Promise<void> => {
    await wait(lingerSeconds).catch(() => undefined)
    let pauseSeconds = 1
    while (isWaiting()) {
      const matters = queues.matters.slice(0, batchSize)
      const rest = queues.rest.slice(0, batchSize - matters.length)
      const outcome = await send([...matters, ...rest])
      if (outcome === 'later') {
        if (closing.signal.aborted) break
        await wait(pauseSeconds).catch(() => undefined)
        pauseSeconds = Math.min(2 * pauseSeconds, longestPauseSeconds)
        continue
      }
      pauseSeconds = 1
      queues.matters.splice(0, matters.length)
      queues.rest.splice(0, rest.length)
      if (outcome === 'refused') dropped += matters.length + rest.length
    }
    running = undefined
  }

  return {
    report(event) {
      const queue = event.type === 'replayed' || event.type === 'revoked' ? queues.matters : queues.rest
      if (queue.length >= mostWaiting || closing.signal.aborted) {
        dropped++
        return
      }
      queue.push(event)
      running ??= run()
    },
    get dropped() {
      return dropped
    },
    async close() {
      closing.abort()
      await running
      dropped += queues.matters.splice(0).length + queues.rest.splice(0).length
    },
  }
}
