/**
 * The HTTP of clients and attackers: bytes out, bytes in, every message recorded. It knows nothing of any server.
 */

import { Buffer } from 'node:buffer'
import { request as httpRequest } from 'node:http'

import type { Exchange } from '../running-server.ts'

export type HttpHeaders = Readonly<Record<string, string | readonly string[]>>

export interface HttpMessage {
  /** Several values of one name are sent as several headers. */
  readonly headers?: HttpHeaders
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as it is; its type is for `headers` to name. */
  readonly body?: string | Uint8Array
  /** A word on the exchange, for those who read the record. */
  readonly note?: string
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** From the first byte sent to the last received. */
  readonly milliseconds: number
}

export interface HttpClient {
  readonly exchanges: readonly Exchange[]
  get(path: string, message?: HttpMessage): Promise<HttpReply>
  post(path: string, message?: HttpMessage): Promise<HttpReply>
}

export interface HttpClientOptions {
  /** Who sends. Default `client`. */
  readonly from?: string
  readonly report?: (exchange: Exchange) => void
}

const mostRecorded = 2000

/** Every request goes over a connection of its own, so that as many as are made at once are under way at once. */
export function createHttpClient(url: string, { from = 'client', report }: HttpClientOptions = {}): HttpClient {
  const exchanges: Exchange[] = []
  const exchange = async (method: string, path: string, message: HttpMessage = {}): Promise<HttpReply> => {
    const { headers, body } = encodeMessage(message)
    const reply = await send(`${url}${path}`, method, headers, body)
    const recorded: Exchange = {
      from,
      to: 'server',
      sent: cut(
        [`${method} ${path}`, ...headerLines(headers)].join('\n') + (body.length > 0 ? `\n\n${body.toString()}` : ''),
      ),
      received: cut(`${reply.status} ${reply.text}`),
      ...(message.note === undefined ? {} : { note: message.note }),
    }
    exchanges.push(recorded)
    report?.(recorded)
    return reply
  }
  return {
    exchanges,
    get: (path, message) => exchange('GET', path, message),
    post: (path, message) => exchange('POST', path, message),
  }
}

/** The text member of a JSON answer; undefined where there is none. */
export function textMember(reply: HttpReply, name: string): string | undefined {
  try {
    const value = (JSON.parse(reply.text) as Readonly<Record<string, unknown>> | null)?.[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function encodeMessage({ headers = {}, form, body }: HttpMessage): { headers: HttpHeaders; body: Buffer } {
  if (form === undefined) return { headers, body: Buffer.from(body ?? '') }
  return {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: Buffer.from(new URLSearchParams(form).toString()),
  }
}

function send(url: string, method: string, headers: HttpHeaders, body: Buffer): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const length = method === 'POST' ? { 'Content-Length': String(body.length) } : {}
    const request = httpRequest(url, { method, agent: false, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value ?? '')]),
          ),
          text: Buffer.concat(chunks).toString(),
          milliseconds: performance.now() - startedAt,
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

function headerLines(headers: HttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`))
}

function cut(text: string): string {
  return text.length <= mostRecorded ? text : `${text.slice(0, mostRecorded)}… (${text.length} characters)`
}
