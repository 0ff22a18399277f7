/** This very command, started again: as a server, as the API of the demo, or to administer. */

import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { CommandError } from './failure.ts'

const thisCommand = [...process.execArgv, process.argv[1] ?? '']

export interface RunningProcess {
  readonly url: string
  /** Tells it to stop and waits until it did. */
  stop(): Promise<void>
}

/** Starts `countersign …` and waits for its line `listening on URL`. `env` comes on top of this process's own. */
export async function startProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunningProcess> {
  // The channel ties the two together: where this process dies, the child sees it close.
  const child = spawn(process.execPath, [...thisCommand, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  })
  const complaints: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()))
  const url = await firstUrl(child)
  if (url === undefined) throw new CommandError(`countersign ${args[0] ?? ''} did not start:\n${complaints.join('')}`)
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** Runs `countersign … --json` to its end and answers what it printed. */
export async function runCommand(
  args: readonly string[],
  dataFolder: string,
  issuer: string,
): Promise<Record<string, unknown>> {
  const settings = ['--dev', '--data', dataFolder, '--issuer', issuer, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, [...thisCommand, ...args, ...settings])
  return JSON.parse(stdout) as Record<string, unknown>
}

async function firstUrl(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1]
    if (url !== undefined) {
      child.stdout.resume()
      return url
    }
  }
  return undefined
}
