/** How a command fails: one line that says what was wrong and how to mend it, and an exit code. */

import { SettingsError } from '@countersign/server'

/** A command that could not do what it was asked. Exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** The lines for standard error. An unknown error shows its stack only where `COUNTERSIGN_LOG_LEVEL=debug`. */
export function describeFailure(error: unknown): string {
  if (error instanceof SettingsError) {
    return error.problems.map(({ name, problem, mend }) => `countersign: ${name} ${problem}. ${mend}`).join('\n')
  }
  if (error instanceof Error) {
    const message = `countersign: ${error.message}`
    return process.env['COUNTERSIGN_LOG_LEVEL'] === 'debug' ? `${message}\n${error.stack ?? ''}` : message
  }
  return `countersign: ${String(error)}`
}
