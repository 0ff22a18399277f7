/** The `countersign` command: runs what was asked and sets the exit code (1: it failed, 2: it was asked wrongly). */

import { CommanderError } from 'commander'
import { describeFailure } from './failure.ts'
import { endWithReader, note } from './output.ts'
import { createProgram } from './program.ts'

endWithReader()
try {
  await createProgram().parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the help or the mistake already.
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else {
    note(describeFailure(error))
    process.exitCode = 1
  }
}
