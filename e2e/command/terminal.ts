/** A terminal in a folder of its own, where people type commands. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { bin, cleanEnvironment, startServerProcess } from '../harness/server-process.ts'
import type { ServerProcess } from '../harness/server-process.ts'

export interface Run {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** What was printed, as JSON. */
  json(): unknown
}

export interface RunOptions {
  /** For standard input; it ends in any case. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Terminal {
  readonly folder: string
  /** Runs `countersign …` to its end. No argument holds a space. */
  run(command: string, options?: RunOptions): Promise<Run>
  /** Starts `countersign …` and waits until it listens. */
  serve(command: string): Promise<ServerProcess>
  /** Runs a script of bash, which finds `countersign`. */
  bash(script: string): Promise<Run>
  /** Kills what still serves and removes the folder. */
  close(): Promise<void>
}

export async function openTerminal(): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-terminal-'))
  const programs = join(folder, 'bin')
  await mkdir(programs)
  await writeFile(join(programs, 'countersign'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, {
    mode: 0o755,
  })
  const path = `${programs}${delimiter}${process.env['PATH'] ?? ''}`
  const servers: ServerProcess[] = []

  const start = async (
    program: string,
    args: readonly string[],
    { input = '', env = {} }: RunOptions,
  ): Promise<Run> => {
    const child = spawn(program, args, { cwd: folder, env: { ...cleanEnvironment(), PATH: path, ...env } })
    // It may end without having read it.
    child.stdin.on('error', () => undefined).end(input)
    const ended = once(child, 'close') as Promise<[number | null]>
    const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    return { exitCode, stdout, stderr, json: () => JSON.parse(stdout) as unknown }
  }
  return {
    folder,
    run: (command, options = {}) => start(process.execPath, [bin, ...command.split(' ')], options),
    bash: (script) => start('bash', ['-c', script], {}),
    async serve(command) {
      const server = await startServerProcess(command.split(' '), folder)
      servers.push(server)
      return server
    },
    async close() {
      await Promise.all(servers.map((server) => server.kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
