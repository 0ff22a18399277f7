/**
 * The `countersign` command as real processes: a server that can be stopped or killed, and commands that run to their end.
 *
 * Folders and cleaning up are left to `stage.ts`.
 */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface ServerProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** What it wrote to standard output. */
  output(): string
  /** What it wrote to standard error: warnings and worse, as JSON lines, unless it was started with other flags. */
  log(): string
  /** Asks it to stop (SIGTERM unless told otherwise) and answers how it ended. */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<ProcessEnd>
  /** `kill -9`. */
  kill(): Promise<ProcessEnd>
}

export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export interface CommandEnd {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The command, as `node` starts it. */
export const bin: string = fileURLToPath(new URL('../../packages/cli/bin/countersign.js', import.meta.url))

/** Starts `countersign …` and waits for its line `listening on URL`. `folder`: where it runs, and looks for `.env`. */
export async function startServerProcess(args: readonly string[], folder: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killChild = (): void => void child.kill('SIGKILL')
  process.once('exit', killChild)
  const ended = once(child, 'exit').then(([exitCode, signal]: (number | NodeJS.Signals | null)[]): ProcessEnd => {
    process.off('exit', killChild)
    return { exitCode: exitCode as number | null, signal: signal as NodeJS.Signals | null }
  })
  const log: string[] = []
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()))
  const output: string[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  const url = await firstUrl(child.stdout)
  if (url === undefined) {
    const { exitCode } = await ended
    throw new Error(`countersign ${args.join(' ')} ended with ${exitCode}:\n${log.join('')}`)
  }
  const end = (signal: NodeJS.Signals): Promise<ProcessEnd> => {
    child.kill(signal)
    return ended
  }
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    output: () => output.join(''),
    log: () => log.join(''),
    stop: (signal = 'SIGTERM') => end(signal),
    kill: () => end('SIGKILL'),
  }
}

/** Runs `countersign …` to its end, whatever that is. */
export async function runCommand(args: readonly string[], folder: string): Promise<CommandEnd> {
  try {
    const options = { cwd: folder, env: cleanEnvironment() }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [bin, ...args], options)
    return { exitCode: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof code !== 'number') throw error
    return { exitCode: code, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
}

/** Without the settings of whoever runs the tests, and without what the test runner and npm set for themselves. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(COUNTERSIGN_|VITEST|npm_|NODE_OPTIONS$|NODE_ENV$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

async function firstUrl(stdout: Readable): Promise<string | undefined> {
  const lines = createInterface({ input: stdout })
  const url = await new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => {
      const found = /^listening on (\S+)$/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    lines.once('close', () => resolve(undefined))
  })
  lines.close()
  // Closing has paused it. Whatever it prints later must not fill the pipe and make it wait.
  stdout.resume()
  return url
}
