/**
 * The command as a process, from its sources, for the tests of the lab, which may not import it.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import type { RunningCommand, StartCommand } from './product-server.ts'

const bin = fileURLToPath(new URL('../../../cli/bin/countersign.js', import.meta.url))

export const startCommand: StartCommand = async (args, env): Promise<RunningCommand> => {
  const child = spawn(process.execPath, ['--conditions=source', bin, ...args], {
    // With a channel, so that it ends where the test run is killed.
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = /^listening on (\S+)$/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    lines.once('close', () => reject(new Error(`countersign ${args.join(' ')} did not start`)))
  })
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
