/** Writes requests as bytes. */

import type { Endpoint } from './endpoints.ts'
import type { WireRequest } from './wire.ts'

export interface RequestParts {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | undefined
}

const contentTypes = { form: 'application/x-www-form-urlencoded', json: 'application/json', none: undefined } as const

/** A request that the endpoint understands, though it will refuse most of them. */
export function requestTo(endpoint: Endpoint): RequestParts {
  const { allow, path, takes, fields } = endpoint
  const type = contentTypes[takes]
  return {
    method: allow[0] ?? 'GET',
    target: path,
    headers: [['Host', '127.0.0.1'], ...(type === undefined ? [] : [['Content-Type', type] as const])],
    body: takes === 'none' ? undefined : Buffer.from(takes === 'json' ? JSON.stringify(fields) : formOf(fields)),
  }
}

export function formOf(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}

/** Frames the body by its length, unless the headers frame it already. */
export function writeRequest({ method, target, headers, body }: RequestParts): WireRequest {
  const isFramed = body === undefined || headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const all = isFramed ? headers : [...headers, ['Content-Length', String(body.length)] as const]
  const head = [`${method} ${target} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`), '', '']
  const bytes = Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), body ?? Buffer.alloc(0)])
  return { bytes, isHead: method === 'HEAD' }
}

export function withHeader(parts: RequestParts, name: string, value: string): RequestParts {
  const others = parts.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase())
  return { ...parts, headers: [...others, [name, value]] }
}
