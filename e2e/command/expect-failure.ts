/** How every command fails. */

import { expect } from 'vitest'
import type { Run } from './terminal.ts'

/** One line that says what and how to mend it, and exit code 1. */
export function expectFailure({ exitCode, stdout, stderr }: Run, says: RegExp): void {
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(/^countersign: [^\n]+\n$/)
  expect(stderr.trim()).toMatch(says)
}
