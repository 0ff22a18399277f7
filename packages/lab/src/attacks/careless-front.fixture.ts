/**
 * A careless front before a server, as a planted hole: it rewrites requests in a way that the server itself refuses to
 * be careless.
 */

import { createServer } from 'node:http'

import type { RunningServer } from '../running-server.ts'
import { closeHttp, listen } from '../wire/listening.ts'

export interface FrontRequest {
  readonly url: URL
  readonly headers: Headers
  readonly body: string
}

export async function startCarelessFront(
  server: RunningServer,
  rewrite: (request: FrontRequest) => Partial<FrontRequest> | Promise<Partial<FrontRequest>>,
): Promise<RunningServer> {
  const front = createServer(async (incoming, outgoing) => {
    let body = ''
    for await (const chunk of incoming) body += String(chunk)
    const headers = new Headers()
    for (const [name, value] of Object.entries(incoming.headers)) {
      if (!['host', 'connection', 'content-length'].includes(name)) headers.set(name, String(value))
    }
    const request = { url: new URL(incoming.url ?? '/', server.url), headers, body }
    const rewritten = { ...request, ...(await rewrite(request)) }
    const { method = 'GET' } = incoming
    const sent = method === 'POST' ? { body: rewritten.body } : {}
    const answer = await fetch(rewritten.url, { method, headers: rewritten.headers, ...sent })
    outgoing.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? '' })
    outgoing.end(await answer.text())
  })
  const address = await listen(front, '127.0.0.1', 0)
  return {
    url: `http://${address}`,
    close: async () => {
      await closeHttp(front)
      await server.close()
    },
  }
}

/** Takes the token from where it ends in logs. */
export function takeTokenFromQuery({ url, headers }: FrontRequest): Partial<FrontRequest> {
  const token = url.searchParams.get('access_token')
  if (token !== null) headers.set('Authorization', `Bearer ${token}`)
  return { headers }
}

/** Reads the last of two fields and passes that on. */
export function keepLastField({ body, headers }: FrontRequest): Partial<FrontRequest> {
  if (headers.get('content-type') !== 'application/x-www-form-urlencoded') return {}
  return { body: new URLSearchParams(Object.fromEntries(new URLSearchParams(body))).toString() }
}

/** Reads fields from the query as well. */
export function takeFieldsFromQuery({ url, body, headers }: FrontRequest): Partial<FrontRequest> {
  if (headers.get('content-type') !== 'application/x-www-form-urlencoded') return {}
  const fields = new URLSearchParams([...url.searchParams, ...new URLSearchParams(body)])
  return { body: new URLSearchParams(Object.fromEntries(fields)).toString() }
}

/** Passes on what fits. */
export function cutBody(mostCharacters: number): (request: FrontRequest) => Partial<FrontRequest> {
  return ({ body }) => ({ body: body.slice(0, mostCharacters) })
}
