/** A refusal as an HTTP answer, for every adapter alike. */

import { GuardError } from '../guard-error.ts'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** Answers the problem details (RFC 9457) of a refusal. What is no refusal is thrown again: it is the framework's. */
export function answerTo(error: unknown): Answer {
  if (!(error instanceof GuardError)) throw error
  const { status, headers } = error
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json' },
    body: JSON.stringify(error.toBody()),
  }
}
