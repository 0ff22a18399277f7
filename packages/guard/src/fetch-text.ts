/**
 * One request to the issuer, for its JWK Set or a status list: bounded in time and size, without redirects. Judging the
 * text is left to the caller.
 */

export interface FetchTextOptions {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  readonly accept: string
  readonly maxBytes: number
}

const timeoutMs = 5000

/**
 * Answers the URI.
 *
 * @throws {TypeError} if it is neither https nor of this machine: whoever can change the JWK Set in transit issues tokens.
 */
export function parseIssuerUri(uri: string): string {
  const { protocol, hostname } = new URL(uri)
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    throw new TypeError('what the issuer is asked for must be at https, or at http on a loopback address')
  }
  return uri
}

/** Answers the text. Rejects for any answer but a whole, small 200 within five seconds. */
export async function fetchText(uri: string, { fetch, signal, accept, maxBytes }: FetchTextOptions): Promise<string> {
  const response = await fetch(uri, {
    headers: { accept },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the issuer answered ${response.status}`)
  }
  return readText(response, maxBytes)
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`the issuer’s answer is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
}
