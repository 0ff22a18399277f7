/**
 * The wire between an app and an API, in the hands of the demo's thief: he keeps a copy of what passes, and may change it on
 * the way.
 */

import { sendRequest } from './http.ts'
import type { Answer } from './http.ts'

export interface SentRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Empty for none. */
  readonly body: string
}

export interface Tap {
  /** For the app: it believes that it speaks to the API. */
  readonly fetch: typeof fetch
  /** What passed last, as it was sent, and what the API answered. */
  last(): SentRequest & { readonly answer: Answer }
  /** Changes whatever passes until `act` is done. */
  changing<T>(change: (request: SentRequest) => SentRequest, act: () => Promise<T>): Promise<T>
}

export function openTap(): Tap {
  let passed: ReturnType<Tap['last']> | undefined
  let change = (request: SentRequest): SentRequest => request
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { url, method } = request
      const sent = { url, method, headers: Object.fromEntries(request.headers), body: await request.text() }
      const answer = await sendRequest(change(sent))
      passed = { ...sent, answer }
      return new Response(answer.text, { status: answer.status, headers: answer.headers })
    },
    last: () => {
      if (passed === undefined) throw new Error('nothing has passed')
      return passed
    },
    changing: async (changeIt, act) => {
      change = changeIt
      try {
        return await act()
      } finally {
        change = (request) => request
      }
    },
  }
}
