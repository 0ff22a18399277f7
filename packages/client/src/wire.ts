/** What every module needs to talk: how to fetch, what time it is, what the origins have told. And the servers' URLs. */

import { openidConfiguration } from '@countersign/protocol'
import { ClientError } from './client-error.ts'
import type { Clock } from './clock.ts'
import type { Origins } from './origins.ts'

export interface Wire {
  readonly issuer: string
  readonly clientId: string
  readonly endpoints: Endpoints
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly origins: Origins
}

export interface Endpoints {
  readonly authorizeChallenge: URL
  readonly token: URL
  readonly revocation: URL
}

/** The server's endpoints have fixed places below its issuer. @throws {TypeError} if the issuer is no such URL. */
export function endpointsOf(issuer: string): Endpoints {
  const metadata = openidConfiguration(issuer, {
    scopes: [],
    grantTypes: [],
    clientAuthenticationMethods: [],
    clientAssertionAlgorithms: [],
    idTokenAlgorithms: [],
    claims: [],
  })
  return {
    authorizeChallenge: new URL(metadata.authorization_challenge_endpoint),
    token: new URL(metadata.token_endpoint),
    revocation: new URL(metadata.revocation_endpoint),
  }
}

/** Whether what is sent there is safe from others on the network: https, or this very machine. */
export function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
}

export interface Sending extends RequestInit {
  /** Our own, for requests that no caller can abort: it takes the place of `signal`. An answer that comes later is lost. */
  readonly limit?: AbortSignal | undefined
}

/** @throws {ClientError} `network_failed`, also at our own time limit. */
export async function send({ fetch, origins }: Wire, url: URL, { limit, ...init }: Sending): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url.href, limit === undefined ? init : { ...init, signal: limit })
  } catch (cause) {
    // Whoever aborts a request gets their own reason back.
    if (init.signal?.aborted === true) throw cause
    throw new ClientError(
      'network_failed',
      `${url.origin} did not answer: it is down, too slow, out of reach, redirects, or does not let this page in`,
      { cause },
    )
  }
  origins.learn(url, response.headers)
  return response
}
