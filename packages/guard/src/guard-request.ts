/**
 * A request as the guard reads it, from Node or from the web, and its raw header fields.
 *
 * Raw, because frameworks join or drop fields that come twice, and two of a kind is what an attacker sends.
 */

import { GuardError } from './guard-error.ts'

/** The most bytes of a body that a guard reads, unless told otherwise. */
export const maxBodyBytes = 1_048_576

export interface GuardRequest {
  readonly method: string
  /** The request target as it came: its path and query. */
  readonly url: string
  /** Names and values in turn, as Node's `IncomingMessage.rawHeaders` has them. */
  readonly rawHeaders: readonly string[]
  /**
   * Answers the body, empty if there is none. Called at most once, and only when the cheap checks have passed and a
   * demand needs it.
   *
   * @param maxBytes The most that may come. Default `maxBodyBytes`.
   * @throws {GuardError} `body_too_large`, `body_incomplete`
   */
  readonly readBody?: (maxBytes?: number) => Promise<Uint8Array>
  /** The certificate that the TLS connection came with, in DER. */
  readonly clientCertificate?: Uint8Array | undefined
  /** The address at the other end of the connection. */
  readonly remoteAddress?: string | undefined
}

/** Answers what the guard reads of a web `Request`. Fetch has joined fields of one name by `, `. */
export function fromWebRequest(request: Request): GuardRequest {
  const { pathname, search, hash } = new URL(request.url)
  return {
    method: request.method,
    // The fragment too, which no client sends: the handler would see it, so the guard must.
    url: pathname + search + hash,
    rawHeaders: [...request.headers].flat(),
    readBody: (maxBytes) => readWebBody(request, maxBytes),
  }
}

/** Answers the values of a header field, one for each time that it came. The name in lower case. */
export function headerValues({ rawHeaders }: GuardRequest, name: string): readonly string[] {
  const values: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at]
    if (candidate?.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '')
  }
  return values
}

async function readWebBody(request: Request, maxBytes: number = maxBodyBytes): Promise<Uint8Array> {
  if (request.bodyUsed) throw new TypeError('the body was read before the guard could: put the guard first')
  if (Number(request.headers.get('content-length')) > maxBytes) throw bodyTooLarge(maxBytes)
  if (request.body === null) return new Uint8Array()
  return readChunks(request.body, maxBytes, bodyTooLarge(maxBytes))
}

/**
 * Answers all that a stream holds, of Node or of the web.
 *
 * @throws {GuardError} `tooLarge`, or `body_incomplete`
 */
export async function readChunks(
  stream: AsyncIterable<string | Uint8Array>,
  maxBytes: number,
  tooLarge: GuardError,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      length += bytes.byteLength
      if (length > maxBytes) throw tooLarge
      chunks.push(bytes)
    }
  } catch (error) {
    throw error instanceof GuardError ? error : bodyIncomplete(error)
  }
  return Buffer.concat(chunks)
}

export function bodyTooLarge(maxBytes: number): GuardError {
  return new GuardError('body_too_large', `the body is larger than ${maxBytes} bytes`)
}

export function bodyIncomplete(cause: unknown): GuardError {
  return new GuardError('body_incomplete', 'the body did not come to its end', { cause })
}
