/** An API with a guard in front of every route, for clients to call: in this process, on a port of its own. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createGuard, memoryReplayStore } from '@countersign/guard'
import type { Demands, GuardOptions, ReplayStore } from '@countersign/guard'
import { bodyOf, guarded } from '@countersign/guard/node-http'

export interface Api {
  readonly url: string
  /** Requests that reached a handler. */
  readonly handled: string[]
  close(): Promise<void>
}

export type RouteDemands = Readonly<Record<string, Demands>>

/**
 * Starts it. Every route answers who called, and the body that it got. Any page may call it: `origins` of browsers are not
 * what keeps strangers out.
 */
export async function startApi(
  routes: RouteDemands,
  options: Pick<GuardOptions, 'issuer' | 'audience'> & Partial<GuardOptions>,
): Promise<Api> {
  const handled: string[] = []
  const handlers = new Map<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>()
  const server = createServer((request, response) => {
    allowAnyPage(response)
    if (request.method === 'OPTIONS') response.writeHead(204).end()
    else void (handlers.get(new URL(request.url ?? '', url).pathname) ?? notFound)(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const guard = createGuard({ replay: lastingMemory(), origin: url, ...options })
  for (const [path, demands] of Object.entries(routes)) {
    const isBodyProven = demands.sealed === true || [demands.proof].flat().includes('signature')
    const handler = guarded(guard, demands, async (request, response, { subject, tokenId }) => {
      handled.push(`${request.method} ${path}`)
      const bytes = Buffer.from(isBodyProven ? bodyOf(request) : await buffer(request))
      response.setHeader('content-type', 'application/json')
      const body = { body: bytes.toString(), base64: bytes.toString('base64').slice(0, 1024) }
      response.end(JSON.stringify({ subject, tokenId, ...body }))
    })
    handlers.set(path, handler)
  }
  return {
    url,
    handled,
    async close() {
      guard.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Of an API that has run for a minute: a younger memory refuses what may have been used before it began. */
function lastingMemory(): ReplayStore {
  return { ...memoryReplayStore(), bornAt: Date.now() / 1000 - 60 }
}

function allowAnyPage(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-allow-methods', 'GET, POST')
  response.setHeader(
    'access-control-allow-headers',
    'Authorization, Content-Digest, Content-Type, DPoP, Idempotency-Key, Sealed-Request, Signature, Signature-Input',
  )
  response.setHeader('access-control-expose-headers', 'Date, DPoP-Nonce, WWW-Authenticate')
}

async function notFound(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(404).end()
}
