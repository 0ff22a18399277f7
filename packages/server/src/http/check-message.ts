/** What Node takes for HTTP, and we do not: messages that two readers could read in two ways, or that demand what we lack. */

import type { IncomingMessage } from 'node:http'
import { ProblemError } from './problem.ts'

/**
 * @throws {ProblemError} `http_malformed` for a message without a version or, from HTTP/1.1 on, without `Host`.
 * @throws {ProblemError} `connection_closed` for a message whose sender is gone.
 * @throws {ProblemError} `header_repeated` for a header that may come once.
 * @throws {ProblemError} `expectation_failed` (417) for an `Expect` other than `100-continue`.
 * @see RFC 9112 §3.2, RFC 9110 §10.1.1
 */
export function checkMessage({ httpVersion, headers, rawHeaders, socket }: IncomingMessage): void {
  // Also makes Node remember the address: asked for the first time when the connection is closed, it knows none.
  if (socket.remoteAddress === undefined) throw new ProblemError(400, 'connection_closed', 'the connection is closed')
  if (httpVersion === '0.9') throw malformed('it names no version')
  if (httpVersion !== '1.0' && headers.host === undefined) throw malformed('it names no host')
  checkHeadersOnce(rawHeaders)
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    throw new ProblemError(417, 'expectation_failed', 'the server cannot do what "Expect" demands')
  }
}

function malformed(rule: string): ProblemError {
  return new ProblemError(400, 'http_malformed', `the request is not well-formed HTTP: ${rule}`)
}

/** Node keeps the first of some repeated headers and joins others; a proxy may choose differently. */
function checkHeadersOnce(rawHeaders: readonly string[]): void {
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? ''
    if (!singleHeaders.has(name)) continue
    if (seen.has(name)) throw new ProblemError(400, 'header_repeated', `the header ${name} is repeated`)
    seen.add(name)
  }
}

const singleHeaders: ReadonlySet<string> = new Set(['authorization', 'content-type', 'host', 'origin'])
