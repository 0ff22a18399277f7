/** What every refusal must be: a 4xx in the shape of its endpoint, which tells nothing of the inside. */

import { canary } from './endpoints.ts'
import type { WireAnswer } from './wire.ts'

export interface Expectation {
  /** `either` where the server cannot know the endpoint: what came was not yet a request. */
  readonly surface: 'oauth' | 'api' | 'either'
  readonly isHead: boolean
  /** Whether a 200 is right too. */
  readonly mayPass: boolean
}

/** Answers what is wrong with a refusal, or `undefined`. */
export function findFault(
  answer: WireAnswer | undefined,
  { surface, isHead, mayPass }: Expectation,
): string | undefined {
  if (answer === undefined) return 'the connection was closed without an answer'
  const { status, headers, text, body } = answer
  const leak = inside.exec(text)?.[0]
  if (leak !== undefined) return `it shows ${leak}`
  if (mayPass && status === 200) return undefined
  if (!(status >= 400 && status < 500)) return `the status is ${status}`
  if (headers.get('cache-control') !== 'no-store') return 'it may be cached'
  if (status === 405 && !headers.has('allow')) return 'there is no Allow'
  if (status === 429 && !headers.has('retry-after')) return 'there is no Retry-After'
  const type = headers.get('content-type') ?? ''
  const shape = type.startsWith('application/problem+json') ? 'api' : /^application\/json\b/.test(type) ? 'oauth' : type
  // Where the headers are too many to read, it cannot say what they are for.
  if (surface !== 'either' && status !== 431 && shape !== surface) return `it has the shape ${shape}, not ${surface}`
  if (isHead) return body === '' ? undefined : 'an answer to HEAD has a body'
  return shape === 'oauth' ? oauthFault(parse(body)) : problemFault(parse(body), status)
}

/** Stacks, paths, names of what is inside; and what was sent. */
const inside = new RegExp(
  `node_modules|file://|\\.[cm]?[jt]s\\b|\\n\\s+at |packages/|node:|SQLITE|FST_|ERR_|HPE_|E[A-Z]{4,}:|${canary}`,
)

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

/** @see RFC 6749 §5.2 */
function oauthFault(body: Readonly<Record<string, unknown>>): string | undefined {
  const { error, error_description: description } = body
  if (typeof error !== 'string' || !/^[a-z_]+$/.test(error)) return 'the body has no "error"'
  if (error === 'server_error') return 'the server says it failed'
  // The characters that RFC 6749 allows.
  return typeof description === 'string' && /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(description)
    ? undefined
    : 'the body has no "error_description" as RFC 6749 has it'
}

/** @see RFC 9457 §3 */
function problemFault(
  { type, title, status, code, detail }: Readonly<Record<string, unknown>>,
  actual: number,
): string | undefined {
  if (type !== 'about:blank' || typeof title !== 'string' || typeof detail !== 'string') return 'it is no problem'
  if (status !== actual) return 'the status in the body is another one'
  return typeof code === 'string' && /^[a-z_]+$/.test(code) ? undefined : 'the problem has no "code"'
}
