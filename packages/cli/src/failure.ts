/** How a command fails: a line that says what was wrong and how to mend it, with the code that stays the same. */

import { SettingsError } from '@countersign/server'

/** A command that could not do what it was asked. Exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** Of what made it fail, where that has one. */
  readonly code: string | undefined

  constructor(message: string, options: ErrorOptions & { readonly code?: string } = {}) {
    super(message, options)
    this.code = options.code
  }
}

/** The lines for standard error. A stack is shown only where `COUNTERSIGN_LOG_LEVEL=debug`. */
export function describeFailure(error: unknown): string {
  if (error instanceof SettingsError) {
    return error.problems.map(({ name, problem, mend }) => `countersign: ${name} ${problem}. ${mend}`).join('\n')
  }
  if (!(error instanceof Error)) return `countersign: ${String(error)}`
  const line = `countersign: ${describeError(error)}`
  return process.env['COUNTERSIGN_LOG_LEVEL'] === 'debug' ? `${line}\n${error.stack ?? ''}` : line
}

/** The message and, where it has one, the code: messages may change, and scripts hold on to codes. */
export function describeError(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message.includes(code) ? error.message : `${error.message} (${code})`
}
