/** The API of the demo, in a process of its own: routes behind a guard, which knows the server only by its URL. */

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGuard } from '@countersign/guard'
import type { Demands, Guard } from '@countersign/guard'
import { guarded } from '@countersign/guard/node-http'
import { stopSignalOrOrphaned } from '../stop-signal.ts'
import { fromEnvironment } from './session-secrets.ts'

const routes: Readonly<Record<string, Demands>> = {
  'GET /balance': { scope: 'read' },
  'POST /payments': { scope: 'pay', singleUse: true },
  'GET /statement': { scope: 'read', proof: 'dpop' },
  'POST /transfers': { scope: 'pay', proof: ['dpop', 'signature'] },
  'POST /advice': { scope: 'read', proof: 'dpop', sealed: true },
}

/** Serves until the process is told to stop. */
export async function serveDemoApi(issuer: string, audience: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const guard = createGuard({
    ...{ issuer, audience, origin, replay: 'memory-one-process', status: 'required' },
    sessionSecrets: fromEnvironment(process.env),
    // One machine, one clock. A larger skew would make the newborn replay store refuse for as long: it cannot know what
    // was spent before it was born, nor by whose clock.
    clockSkewSeconds: 0,
  })
  const handlers = openRoutes(guard)
  server.on('request', (request, response) => {
    const handler = handlers[`${request.method ?? ''} ${request.url ?? ''}`]
    if (handler === undefined) return send(response, 404, { code: 'not_found' })
    handler(request, response).catch(() => send(response, 500, { code: 'server_error' }))
  })
  const stopped = stopSignalOrOrphaned()
  process.stdout.write(`listening on ${origin}\n`)
  await stopped
  guard.close()
  server.close()
  server.closeAllConnections()
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

function openRoutes(guard: Guard): Readonly<Record<string, Handler>> {
  return Object.fromEntries(
    Object.entries(routes).map(([route, demands]) => [
      route,
      guarded(guard, demands, (_request, response, { subject, tokenId }) => {
        send(response, 200, { subject, tokenId, advice: 'Sell the boat.' })
      }),
    ]),
  )
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
