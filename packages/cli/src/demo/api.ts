/** The API of the demo, in a process of its own: two routes behind a guard, which knows the server only by its URL. */

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGuard, GuardError } from '@countersign/guard'
import type { Demands } from '@countersign/guard'

const routes: Readonly<Record<string, Demands>> = {
  'GET /balance': { scope: 'read' },
  'POST /payments': { scope: 'pay', singleUse: true },
}

/** Serves until the process is told to stop. */
export async function serveDemoApi(issuer: string, audience: string): Promise<void> {
  // One machine, one clock. A larger skew would make the newborn replay store refuse for as long: it cannot know what
  // was spent before it was born, nor by whose clock.
  const guard = createGuard({ issuer, audience, replay: 'memory-one-process', clockSkewSeconds: 0 })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', rawHeaders } = request
    const demands = routes[`${method} ${url}`]
    if (demands === undefined) return send(response, 404, { error: 'not_found' })
    try {
      const grant = await guard.authenticate({ method, url, rawHeaders }, demands)
      send(response, 200, { subject: grant.subject, tokenId: grant.tokenId })
    } catch (error) {
      if (!(error instanceof GuardError)) throw error
      send(response, error.status, { error: error.code }, error.headers)
    }
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => send(response, 500, { error: 'server_error' }))
  })
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
  })
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    // The demo is gone, however it ended: nobody is left to call.
    process.once('disconnect', resolve)
  })
  // The listener above keeps the channel open, and the channel keeps the process alive.
  if (process.connected) process.disconnect()
  guard.close()
  server.close()
  server.closeAllConnections()
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
}
