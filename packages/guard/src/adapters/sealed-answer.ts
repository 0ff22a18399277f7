/**
 * The answer to a sealed request: what the handler says is held back until its end, and leaves sealed, whatever its
 * status. So nothing that a handler answers, nor an error page, leaves in the clear.
 */

import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http'
import { GuardError } from '../guard-error.ts'
import { maxBodyBytes } from '../guard-request.ts'
import type { Seal } from '../guard.ts'
import { answerTo } from './answer.ts'

/** What describes the clear body, and is wrong for the sealed one or tells of what is in it. */
export const clearBodyHeaders: readonly string[] = [
  'content-length',
  'content-digest',
  'etag',
  'last-modified',
  'transfer-encoding',
  'trailer',
  'accept-ranges',
  'content-range',
]

export interface SealedAnswer {
  readonly status: number
  readonly body: string
}

/**
 * Answers the sealed text, and the status to send it with: where HTTP allows no body it is 200, and what the handler
 * said is in the seal.
 *
 * @throws {GuardError} `answer_unsealable` for a body over the limit, or with a content encoding, and for a status that no
 * answer has.
 */
export function sealAnswer(
  seal: Seal,
  answer: { status: number; contentType: string | undefined; contentEncoding: unknown; body: Uint8Array },
): SealedAnswer {
  const { status, contentType, contentEncoding, body } = answer
  if (body.byteLength > maxBodyBytes) throw unsealable('larger than what can be sealed')
  if (contentEncoding !== undefined && contentEncoding !== null) throw unsealable('encoded, and cannot be sealed')
  if (!(status >= 200 && status <= 599)) throw unsealable('of no such status')
  const isBodyless = status === 204 || status === 205 || status === 304
  return { status: isBodyless ? 200 : status, body: seal({ status, contentType, body }) }
}

export function unsealable(what: string): GuardError {
  return new GuardError('answer_unsealable', `the answer is ${what}`)
}

/** What is needed of a response of `node:http`, `node:https` or `node:http2`. */
export interface NodeResponse {
  statusCode: number
  statusMessage: string
  getHeader(name: string): unknown
  setHeader(name: string, value: string | readonly string[]): unknown
  removeHeader(name: string): unknown
  writeHead(status: number, headers: OutgoingHttpHeaders): { end(body: string): unknown }
  once(event: 'finish', listener: () => void): unknown
}

type Callback = (error?: Error | null) => void
type HeadersArgument = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** Holds back what is written to this response until its end, and seals it. */
export function sealNodeAnswer(response: NodeResponse, seal: Seal): void {
  const standIns = ['writeHead', 'flushHeaders', 'write', 'end']
  // The response's own, where another middleware stands in for them too.
  const before = standIns.map((name) => {
    const inherited = { value: Reflect.get(response, name) as unknown, writable: true, configurable: true }
    return [name, Object.getOwnPropertyDescriptor(response, name) ?? inherited] as const
  })
  const chunks: Buffer[] = []
  let length = 0

  const collect = (chunk: unknown, encoding: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk, isEncoding(encoding) ? encoding : 'utf8') : Buffer.from(chunk)
    length += bytes.length
    if (length <= maxBodyBytes) chunks.push(bytes)
    else chunks.length = 0
  }

  const finish = (): void => {
    // What was inherited becomes its own: an object that loses a property is a slow one from then on.
    for (const [name, descriptor] of before) Object.defineProperty(response, name, descriptor)
    let answer: SealedAnswer
    try {
      if (length > maxBodyBytes) throw unsealable('larger than what can be sealed')
      const contentType = response.getHeader('content-type') as string | undefined
      const contentEncoding = response.getHeader('content-encoding')
      answer = sealAnswer(seal, {
        status: response.statusCode,
        contentType,
        contentEncoding,
        body: Buffer.concat(chunks),
      })
    } catch (error) {
      for (const name of [...clearBodyHeaders, 'content-encoding']) response.removeHeader(name)
      const { status, headers, body } = answerTo(error instanceof GuardError ? error : unsealable('not sealed'))
      response.writeHead(status, headers).end(body)
      return
    }
    for (const name of clearBodyHeaders) response.removeHeader(name)
    response.statusMessage = ''
    const headers = { 'Content-Type': 'application/jose', 'Content-Length': Buffer.byteLength(answer.body) }
    response.writeHead(answer.status, headers).end(answer.body)
  }

  Object.assign(response, {
    writeHead(status: number, ...rest: readonly (string | HeadersArgument | undefined)[]): NodeResponse {
      response.statusCode = status
      const headers = rest.find((item) => typeof item === 'object')
      if (headers !== undefined) setHeaders(response, headers)
      return response
    },
    flushHeaders: () => undefined,
    write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
      collect(chunk, encoding)
      const written = [encoding, callback].find((item) => typeof item === 'function') as Callback | undefined
      if (written !== undefined) queueMicrotask(() => written(null))
      return true
    },
    end(chunk?: unknown, encoding?: unknown, callback?: unknown): NodeResponse {
      collect(chunk, encoding)
      const ended = [chunk, encoding, callback].find((item) => typeof item === 'function') as (() => void) | undefined
      if (ended !== undefined) response.once('finish', ended)
      finish()
      return response
    },
  })
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value)
}

function setHeaders(response: NodeResponse, headers: HeadersArgument): void {
  const pairs = Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers)
  const values = new Map<string, string[]>()
  // In a list a name may come twice: two cookies.
  for (const [name, value] of pairs) {
    if (value !== undefined) values.set(name, [...(values.get(name) ?? []), ...([value].flat() as string[])])
  }
  for (const [name, [value = '', ...others]] of values)
    response.setHeader(name, others.length > 0 ? [value, ...others] : value)
}

/** Names and values in turn, or pairs. */
function pairsOf(headers: readonly unknown[]): readonly (readonly [string, unknown])[] {
  if (headers.every(Array.isArray)) return headers as unknown as readonly (readonly [string, unknown])[]
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[String(name), headers[at + 1]] as const] : []))
}
