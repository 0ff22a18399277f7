/** One request for a JWK Set: bounded in time and size, without redirects. Judging the text is left to the caller. */

export interface FetchJwkSetOptions {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

const timeoutMs = 5000
const maxBytes = 256 * 1024

/** Answers the text of the JWK Set. Rejects for any answer but a whole, small 200 within five seconds. */
export async function fetchJwkSet(uri: string, { fetch, signal }: FetchJwkSetOptions): Promise<string> {
  const response = await fetch(uri, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the JWK Set endpoint answered ${response.status}`)
  }
  return readText(response)
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`the JWK Set is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
}
