/** A call as the caller asked for it, in a form that can be sent twice. */

import type { Bytes } from '../base64url.ts'
import { ClientError } from '../client-error.ts'
import { targetUri } from '../proofs/target-uri.ts'
import { isSecure } from '../wire.ts'

export interface Call {
  /** As its proofs spell it: the guard takes no other spelling of the path. */
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  /** `undefined` for none. */
  readonly body: Bytes | undefined
  /** All else that `fetch` takes, such as `signal`. */
  readonly rest: RequestInit
}

/** Methods that change nothing at the server (RFC 9110 §9.2.1, QUERY is safe, too). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY'])

/**
 * Reads a call. The body is held in memory: it is digested or sealed as a whole, and may be sent again.
 *
 * @throws {ClientError} `url_insecure`
 * @throws {TypeError} as `fetch` does, for what is no request, and for `redirect: 'follow'`.
 */
export async function readCall(input: string | URL, init: RequestInit): Promise<Call> {
  if (init.redirect === 'follow') {
    throw new TypeError("redirects are not followed, a proof is for one URL: take redirect: 'manual', and call again")
  }
  const request = new Request(input, init)
  const url = new URL(targetUri(new URL(request.url)))
  if (!isSecure(url)) {
    throw new ClientError(
      'url_insecure',
      `tokens are not sent in the clear: ${url.origin} must be https, or this machine`,
    )
  }
  const body = new Uint8Array(await request.arrayBuffer())
  const { body: _body, headers: _headers, method: _method, ...rest } = init
  return {
    url,
    method: request.method,
    headers: request.headers,
    body: body.length === 0 ? undefined : body,
    rest: { credentials: 'omit', redirect: 'error', ...rest },
  }
}

/** Whether carrying it out twice is as good as once. */
export function isSafe({ method }: Call): boolean {
  return safeMethods.has(method)
}

/** Whether the API can tell by it that two requests are one call, as long as nobody on the way exchanges it. */
export function isKeyed({ headers }: Call): boolean {
  return headers.has('idempotency-key')
}
