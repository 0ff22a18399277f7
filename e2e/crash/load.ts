/**
 * Load for a server that will be killed, and the ledger of what it acknowledged: only an answer that arrived counts.
 *
 * What must hold afterwards is left to `crash.test.ts`.
 */

import { randomUUID } from 'node:crypto'
import { postForm, postJson, builtInClient, refresh, signIn, tokensOf } from '../harness/client.ts'
import type { Answer, Person } from '../harness/client.ts'

/** The refresh tokens of one sign-in. */
export interface Family {
  /** Given in exchange for the last of `spent`, or at the sign-in. */
  latest: string
  /** Whose use was acknowledged. */
  readonly spent: string[]
  /** Whether a request with `latest` was never answered: it is spent or not, and nobody knows. */
  unanswered: boolean
  /** Of the sign-in: good for userinfo as long as the family lives. */
  readonly accessToken: string
}

export interface Ledger {
  readonly registered: Person[]
  readonly families: Family[]
  /** Families whose end was acknowledged: by a sign-out or, later, by the refusal of a reuse. */
  readonly ended: Family[]
  /** All that were issued. */
  readonly accessTokens: string[]
  readonly counts: { signIns: number; refreshes: number; registrations: number; unanswered: number }
}

export interface LoadOptions {
  readonly people: readonly Person[]
  readonly ledger: Ledger
  /** Resolves the load's `reached` at so many acknowledged sign-ins and refreshes. */
  readonly target: number
}

export interface Load {
  readonly reached: Promise<void>
  /** Ends when the server has gone. Rejects for an answer that no working server gives here. */
  readonly ended: Promise<void>
}

const refreshers = 16
/** Fewer than the server lets one address register at once. */
const registrationsPerRun = 8
/** Every so many sign-ins, the person signs out again. */
const signOutEvery = 5

export function createLedger(): Ledger {
  const counts = { signIns: 0, refreshes: 0, registrations: 0, unanswered: 0 }
  return { registered: [], families: [], ended: [], accessTokens: [], counts }
}

/** One worker for each person signs in over and over; others refresh the families in turn; one registers people. */
export function startLoad(url: string, { people, ledger, target }: LoadOptions): Load {
  const reached = Promise.withResolvers<undefined>()
  const idle = [...ledger.families]
  let done = 0
  let isUp = true

  const acknowledge = (count: 'signIns' | 'refreshes'): void => {
    ledger.counts[count]++
    if (++done === target) reached.resolve(undefined)
  }

  /** The answer, which has to be this one; or `undefined`, because the server was killed before it came. */
  const ask = async (request: Promise<Answer>, status: number): Promise<Answer | undefined> => {
    const answer = await request.catch(() => undefined)
    if (answer === undefined) {
      isUp = false
      ledger.counts.unanswered++
    } else if (answer.status !== status) {
      throw new Error(`expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    return answer
  }

  const signInAndOut = async (person: Person): Promise<void> => {
    for (let round = 1; isUp; round++) {
      const answer = await ask(signIn(url, person), 200)
      if (answer === undefined) return
      acknowledge('signIns')
      const { accessToken, refreshToken } = tokensOf(answer)
      ledger.accessTokens.push(accessToken)
      const family = { latest: refreshToken, spent: [], unanswered: false, accessToken }
      if (round % signOutEvery !== 0) {
        ledger.families.push(family)
        idle.push(family)
      } else if (await ask(postForm(`${url}/oauth/revoke`, { client_id: builtInClient, token: refreshToken }), 200)) {
        ledger.ended.push(family)
      }
    }
  }

  const refreshInTurn = async (): Promise<void> => {
    while (isUp) {
      const family = idle.shift()
      if (family === undefined) {
        // Until the first sign-ins are there.
        await new Promise(setImmediate)
        continue
      }
      // Without `openid`: the RS256 signature of an ID token would take more time than all the rest, and load the store less.
      const answer = await ask(refresh(url, family.latest, { scope: 'profile' }), 200)
      if (answer === undefined) {
        family.unanswered = true
        return
      }
      acknowledge('refreshes')
      const { accessToken, refreshToken } = tokensOf(answer)
      family.spent.push(family.latest)
      family.latest = refreshToken
      ledger.accessTokens.push(accessToken)
      idle.push(family)
    }
  }

  const register = async (): Promise<void> => {
    for (let count = 0; isUp && count < registrationsPerRun; count++) {
      const person = { username: `new-${randomUUID()}`, password: randomUUID() }
      if ((await ask(postJson(`${url}/api/users`, person), 201)) === undefined) return
      ledger.registered.push(person)
      ledger.counts.registrations++
    }
  }

  const workers = [...people.map(signInAndOut), ...Array.from({ length: refreshers }, refreshInTurn), register()]
  const ended = Promise.all(workers).then(() => undefined)
  // A wrong answer must not leave the test waiting for a number that is never reached.
  ended.catch(reached.reject)
  return { reached: reached.promise, ended }
}
