/** What an endpoint under `/oauth` answers: an object, or an error in the shape of RFC 6749 §5.2. */

import { ClientError } from './client-error.ts'
import { send } from './wire.ts'
import type { Wire } from './wire.ts'

export type Form = Readonly<Record<string, string | undefined>>

export interface ServerAnswer {
  readonly status: number
  /** `undefined` where all went well. */
  readonly error: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly body: Readonly<Record<string, unknown>>
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Until when the answer must be here; later, it counts as lost. By default, for half a minute. */
  readonly limit?: AbortSignal | undefined
}

const defaultLimitMs = 30_000

/**
 * Sends a form. Parameters that are `undefined` are left out.
 *
 * @throws {ClientError} `network_failed`, `server_failed`, `answer_malformed`
 */
export async function postForm(
  wire: Wire,
  url: URL,
  form: Form,
  { headers = {}, limit = AbortSignal.timeout(defaultLimitMs) }: PostOptions = {},
): Promise<ServerAnswer> {
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const response = await send(wire, url, {
    method: 'POST',
    body: new URLSearchParams(given),
    headers,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    limit,
  })
  return readAnswer(url, response)
}

/** The error of a refusal that its caller knows no better name for. */
export function refused(code: 'token_refused' | 'sign_in_refused', { error, body }: ServerAnswer): ClientError {
  const { error_description: description } = body
  const why = typeof description === 'string' ? `${error}: ${description}` : String(error)
  return new ClientError(code, `the server refused: ${why}`, { serverCode: error })
}

async function readAnswer(url: URL, response: Response): Promise<ServerAnswer> {
  const { status, headers } = response
  const body = await readObject(url, response)
  const error = typeof body['error'] === 'string' ? body['error'] : undefined
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN)
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : undefined
  if (status >= 500) {
    throw new ClientError('server_failed', `${url.origin} cannot answer now (${status}): try again later`, {
      serverCode: error,
      retryAfterSeconds,
    })
  }
  if (status !== 200 && error === undefined) {
    throw new ClientError(
      'answer_malformed',
      `${url.href} answered ${status} without an error: is it a Countersign server?`,
    )
  }
  return { status, error, retryAfterSeconds, body }
}

/** What is no JSON object has no members; whoever needs one will miss it. */
async function readObject(url: URL, response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text().catch((cause: unknown) => {
    throw new ClientError('network_failed', `the answer of ${url.origin} broke off`, { cause })
  })
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
