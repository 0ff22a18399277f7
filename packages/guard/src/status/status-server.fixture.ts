/** An issuer on a real socket: its JWK Set, with a key for tokens and one for lists, and one status list. */

import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateSync } from 'node:zlib'
import {
  emptyStatusBits,
  revokeStatus,
  statusListBase,
  statusListClaims,
  statusListMediaType,
  statusListType,
} from '@countersign/protocol'
import { exportPublicJwk, signJws } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { makeKey, noon } from '../guard.fixture.ts'
import { publishingJwks } from '../keys/jwks-server.fixture.ts'

export const [tokenKey, listKey, strangeKey] = (await Promise.all(['t', 's', 'x'].map(makeKey))) as [Key, Key, Key]

/** What an issuer publishes. */
export const jwks = [exportPublicJwk(tokenKey), { ...exportPublicJwk(listKey), cs_use: 'status' }]

export interface ListFacts {
  readonly uri: string
  readonly issuedAt?: number
  readonly revoked?: readonly number[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly typ?: string
  readonly key?: Key
}

export function pack(bits: Uint8Array): string {
  return deflateSync(bits).toString('base64url')
}

/** A list as the server makes them, but for what is said otherwise. A claim that is undefined is left out. */
export function makeList(facts: ListFacts): string {
  const { uri, issuedAt = noon, revoked = [], claims = {}, typ = statusListType, key = listKey } = facts
  const bits = emptyStatusBits()
  for (const idx of revoked) revokeStatus(bits, idx)
  const times = { issuedAt, expiresAt: issuedAt + 60, ttlSeconds: 2 }
  const whole = { ...statusListClaims({ uri, ...times, bits }, pack), ...claims }
  return signJws(JSON.stringify(whole), key, { typ })
}

export interface StatusServer {
  readonly issuer: string
  /** Of its first list. */
  readonly uri: string
  /** How it answers a request for the list; to be replaced at will. */
  answer: RequestListener
  /** How many requests for the list came in. */
  requests: number
  /** Answers with this text from now on. */
  publish(list: string): void
  close(): Promise<void>
}

export async function startStatusServer(): Promise<StatusServer> {
  const server = createServer((request, response) => {
    if (request.url === '/.well-known/jwks.json') return publishingJwks(...jwks)(request, response)
    statusServer.requests++
    statusServer.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const statusServer: StatusServer = {
    issuer,
    uri: `${statusListBase(issuer)}0`,
    requests: 0,
    answer: (_request, response) => response.writeHead(404).end(),
    publish(list) {
      this.answer = (_request, response) => response.writeHead(200, { 'content-type': statusListMediaType }).end(list)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return statusServer
}
