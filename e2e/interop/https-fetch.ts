/** `fetch` by way of `node:https`, which takes certificates: the built-in one has no place for them. */

import { once } from 'node:events'
import { request } from 'node:https'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Fetch } from './peer.ts'

/** @param tls The authority of servers, and the client's certificate if it has one. */
export function httpsFetch(tls: { readonly ca: string; readonly cert?: string; readonly key?: string }): Fetch {
  return async (url, init) => {
    const asked = new Request(url, init as RequestInit)
    const options: RequestOptions = { method: asked.method, headers: Object.fromEntries(asked.headers), agent: false }
    const sent = request(url, { ...options, ...tls })
    sent.end(await asked.text())
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const content = await buffer(answer)
    const { statusCode: status = 0 } = answer
    const fields = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    )
    return new Response(status === 204 || status === 304 ? null : content, { status, headers: fields })
  }
}
