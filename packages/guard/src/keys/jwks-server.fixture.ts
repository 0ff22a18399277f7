/** A JWK Set endpoint on a real socket, that answers as told and counts. */

import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportPublicJwk } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'

export interface JwksServer {
  readonly uri: string
  /** How it answers; to be replaced at will. */
  answer: RequestListener
  /** How many requests came in. */
  requests: number
  close(): Promise<void>
}

export async function startJwksServer(...keys: readonly Key[]): Promise<JwksServer> {
  const server = createServer((request, response) => {
    jwksServer.requests++
    jwksServer.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const jwksServer: JwksServer = {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    answer: publishing(...keys),
    requests: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return jwksServer
}

export function publishing(...keys: readonly Key[]): RequestListener {
  return publishingJwks(...keys.map((key) => exportPublicJwk(key)))
}

export function publishingJwks(...jwks: readonly object[]): RequestListener {
  const body = JSON.stringify({ keys: jwks })
  return (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body)
}

export const failing: RequestListener = (_request, response) => response.writeHead(500).end()
